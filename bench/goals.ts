import type { Durable } from './durable.ts';
import type { LambdaLoad } from './lambda-load.ts';
import type { LongHistory } from './long-history.ts';
import type { RealSize } from './prove-real-size.ts';
import { type Race, type RaceRun, showWay, timesOf, type Way } from './race.ts';
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

const ENGINE = 'registry-jobs, engine only';
const API = 'node-pg-migrate, API only';

export function raceGoals(race: Race, migrations: number): Goal[] {
  const ours = race.peers.filter(({ name }) => name.startsWith('registry-jobs'));
  const against = (way: Way, other: string, limit: number): Goal[] => {
    const [found, theirs] = [ENGINE, other].map((name) => timesOf(race, name, way, ({ first }) => first));
    if (!found?.length || !theirs?.length) return [];
    const what = `${ENGINE}, ${showWay(way)}: against ${other}`;
    return [{ what, limit, found: median(found) / median(theirs), unit: 'x', isTime: true }];
  };
  return [
    ...countGoals(race, ours, migrations),
    ...against('direct', 'psql', 1.05),
    ...against('direct', API, 1.1),
    ...against(2, 'psql', 0.2),
  ];
}

function countGoals(race: Race, ours: Race['peers'], migrations: number): Goal[] {
  return ours.flatMap(({ name }) => {
    const runs = countedRuns(race).filter(({ peer }) => peer === name);
    const seconds = runs.flatMap(({ second }) => second?.flights ?? []);
    const common = { unit: '', isTime: false };
    return [
      { ...common, what: `${name}: flights a migration`, limit: 0.1, found: flightsEach(runs, migrations) },
      { ...common, what: `${name}: flights with nothing to do`, limit: 4, found: median(seconds) },
    ];
  });
}

/** What a migration costs a server that keeps what it has confirmed: one flush is that of its COMMIT. */
export function durableGoals(durable: readonly Durable[], migrations: number): Goal[] {
  const ours = durable.filter(({ peer }) => peer.startsWith('registry-jobs'));
  const psql = durable.find(({ peer }) => peer === 'psql');
  return ours.flatMap(({ peer, flushes, transactions, times }) => [
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
    ...(psql
      ? [
          {
            what: `${peer}, 1 ms a flush: against psql`,
            limit: 1.05,
            found: median(times) / median(psql.times),
            unit: 'x',
            isTime: true,
          },
        ]
      : []),
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
  const longest = Math.max(...runs.map(({ way }) => (way === 'direct' ? 0 : way)));
  return runs.filter(({ way }) => way === longest);
}

/** Connecting left out, everything else that a run needs shared among the migrations. */
export function flightsEach(runs: readonly RaceRun[], migrations: number): number {
  return median(runs.map(({ first }) => (first.flights - first.connecting) / migrations));
}
