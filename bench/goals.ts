import type { Durable } from './durable.ts';
import type { LambdaLoad } from './lambda-load.ts';
import type { LongHistory } from './long-history.ts';
import type { RealSize } from './prove-real-size.ts';
import type { Race, RaceRun } from './race.ts';
import { median } from './statistics.ts';

/** What was promised, and what was found. */
export interface Goal {
  readonly what: string;
  /** What may not be exceeded, or for a factor what is to be reached. */
  readonly limit: number;
  readonly atLeast?: boolean;
  readonly found: number;
  readonly unit: string;
  /** A time depends on the machine; only a missed count or size fails the run. */
  readonly isTime: boolean;
}

export function isMet({ found, limit, atLeast }: Goal): boolean {
  return atLeast ? found >= limit : found <= limit;
}

export function raceGoals(race: Race, migrations: number): Goal[] {
  const ours = race.peers.filter(({ name }) => name.startsWith('registry-jobs'));
  return ours.flatMap(({ name }) => {
    const runs = countedRuns(race).filter(({ peer }) => peer === name);
    const seconds = runs.flatMap(({ second }) => second?.flights ?? []);
    const common = { unit: '', isTime: false };
    return [
      { ...common, what: `${name}: flights a migration`, limit: 1.1, found: flightsEach(runs, migrations) },
      { ...common, what: `${name}: flights with nothing to do`, limit: 4, found: median(seconds) },
    ];
  });
}

/** What a migration costs a server that keeps what it has confirmed: one flush is that of its COMMIT. */
export function durableGoals(durable: readonly Durable[], migrations: number): Goal[] {
  const ours = durable.filter(({ peer }) => peer.startsWith('registry-jobs'));
  return ours.flatMap(({ peer, flushes, transactions }) => [
    {
      what: `${peer}: flushes of the log a migration`,
      limit: 1.05,
      found: flushes / migrations,
      unit: '',
      isTime: false,
    },
    {
      what: `${peer}: transactions a migration`,
      limit: 4.1,
      found: transactions / migrations,
      unit: '',
      isTime: false,
    },
  ]);
}

export function historyGoals(history: LongHistory): Goal[] {
  const what = `registry-jobs, ${history.applied} applied: flights with nothing to do`;
  return [{ what, limit: 4, found: history.flights, unit: '', isTime: false }];
}

/** What node and the parser take is some 150 MB: a table must add nothing to it. */
export function proveGoals({ peak, report }: RealSize): Goal[] {
  const found = peak / 2 ** 20;
  return [
    { what: 'prove --on: peak of memory', limit: 300, found, unit: ' MB', isTime: false },
    {
      what: 'prove --on: files that were shown',
      limit: 2,
      atLeast: true,
      found: shownIn(report),
      unit: '',
      isTime: false,
    },
  ];
}

function shownIn({ files }: RealSize['report']): number {
  return files.filter(({ checks }) => checks.once === 'ok' && checks.twice === 'ok').length;
}

export function lambdaGoals(loads: readonly LambdaLoad[]): Goal[] {
  const [, ...ours] = loads;
  return ours.flatMap(({ name, bytes, loadMs }) => [
    { what: `${name}: size of index.mjs`, limit: 350, found: bytes / 1024, unit: ' KB', isTime: false },
    { what: `${name}: load time`, limit: 60, found: loadMs.median, unit: ' ms', isTime: true },
  ]);
}

/** Flights are counted where the way is longest: no answer can overtake a burst that is still being sent. */
export function countedRuns({ runs }: Race): RaceRun[] {
  const longest = Math.max(...runs.map(({ roundTripMs }) => roundTripMs));
  return runs.filter(({ roundTripMs }) => roundTripMs === longest);
}

/** Connecting left out, everything else that a run needs shared among the migrations. */
export function flightsEach(runs: readonly RaceRun[], migrations: number): number {
  return median(runs.map(({ first }) => (first.flights - first.connecting) / migrations));
}
