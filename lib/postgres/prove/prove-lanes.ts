import type { Migration } from '../../migrations/migration.ts';
import { shareOut, workOfRuns } from '../../plan/lanes.ts';
import type { ProvedFile } from '../../reports/prove.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { notShown } from './assemble.ts';
import { chainOf } from './prove-chain.ts';
import { type Lane, type LaneResult, type LaneSetting, proveLane } from './prove-lane.ts';
import { rerunnable } from './prove-late.ts';

/** What is done on one of the servers. */
type LaneShare = Omit<Lane, 'meet'>;

/** Shares the work out. What is about all files is the first one's, and what is about the way back that of the last. */
export function lanesOn(
  servers: readonly DatabaseSettings[],
  judged: readonly Migration[],
  setting: LaneSetting,
): readonly LaneShare[] {
  const { checks, migrations } = setting;
  const asksSet = checks.has('set');
  const lanes = servers.map((server, index) => ({
    server,
    again: asksSet && index === 0,
    chain: asksSet && index === servers.length - 1,
  }));
  const setAgain = workOfRuns(rerunnable(migrations).map(({ up }) => up));
  const thereAndBack = workOfRuns(chainOf(migrations).flatMap(({ up, down }) => (down ? [down, up] : [])));
  const others = lanes.map(({ again, chain }) => (again ? setAgain : 0) + (chain ? thereAndBack : 0));
  const shares = shareOut(judged, setting, others);
  const all = new Set(judged.map(({ version }) => version));
  return lanes.map((lane, index) => {
    const own = shares[index] ?? new Set();
    return {
      ...lane,
      judged: own,
      elsewhere: new Set([...all].filter((version) => !own.has(version))),
    };
  });
}

/** Where one of them cannot go on, nobody has to: what it failed with is thrown when all have cleared up. */
export async function runAll(
  lanes: readonly LaneShare[],
  setting: LaneSetting,
  signal: AbortSignal | undefined,
): Promise<readonly LaneResult[]> {
  const others = new AbortController();
  const either = signal ? AbortSignal.any([signal, others.signal]) : others.signal;
  let first: { readonly reason: unknown } | undefined;
  const stops = lanes.map(() => Promise.withResolvers<number>());
  const running = lanes.map((lane, index) => {
    const meet = async (stop: number) => {
      stops[index]?.resolve(stop);
      return Math.min(...(await Promise.all(stops.map(({ promise }) => promise))));
    };
    return proveLane({ ...lane, meet }, setting, either).catch((reason: unknown) => {
      first ??= { reason };
      // Whoever waits for it clears up as well.
      stops[index]?.resolve(-1);
      others.abort();
      throw reason;
    });
  });
  await Promise.allSettled(running);
  if (first) throw first.reason;
  return Promise.all(running);
}

/** The files of all lanes, each as whoever has judged it tells it, up to the first that did not run on some server: what comes after it is not shown. Pure. */
export function filesOf(
  migrations: readonly Migration[],
  lanes: readonly Pick<Lane, 'judged'>[],
  results: readonly LaneResult[],
): readonly ProvedFile[] {
  const first = Math.min(...results.map(({ stop }) => stop));
  return migrations.flatMap((migration, index) => {
    const { version } = migration;
    const of = (lane: number) => results[lane]?.files.find((file) => file.version === version);
    const owner = lanes.findIndex(({ judged }) => judged.has(version));
    if (index < first) return of(owner) ?? [];
    const because = migrations[first]?.up.file ?? '';
    if (index > first) return owner < 0 ? [] : notShown(migration, because);
    const stopped = results.flatMap(({ stop }, lane) => (stop === first ? [lane] : []));
    return of(stopped.includes(owner) ? owner : (stopped[0] ?? owner)) ?? [];
  });
}
