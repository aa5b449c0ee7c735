import type { CompiledMigrations } from '../../migrations/compiled.ts';
import type { Migration } from '../../migrations/migration.ts';
import { shareOut } from '../../plan/lanes.ts';
import { MOST_STOPS } from '../../plan/stops.ts';
import {
  PROVE_CHECKS,
  type ProveCheck,
  type ProvedFile,
  type ProvedOn,
  type ProveReport,
  type ProveScope,
} from '../../reports/prove.ts';
import { statusOf } from '../../reports/prove-verdict.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';
import type { ProveProgress } from './context.ts';
import { isKnown } from './findings.ts';
import type { OnDatabase } from './on-database.ts';
import { type Lane, type LaneResult, type LaneSetting, proveLane } from './prove-lane.ts';
import type { Rows } from './rows.ts';

export interface ProveOptions {
  /** Where the server is from, for the report. */
  readonly source: string;
  readonly ledger: LedgerName;
  /** Versions of files that are judged; those before them are applied without trials. @default all */
  readonly judged?: ReadonlySet<string>;
  /** What is done beside running each file once. @default all */
  readonly checks?: readonly ProveCheck[];
  /** Rows for the files to work on. @default none */
  readonly rows?: Rows;
  /** A database whose copies are used, instead of a new one. @default none */
  readonly on?: OnDatabase;
  /** The largest table whose rows are compared, in bytes. @default 64 MB on a given database, else no table is too large */
  readonly rowsUpTo?: number;
  /** After how many statements at the most a file is stopped, beside the last one. @default 200 */
  readonly mostStops?: number;
  /** Makes a missing role, one that may not log in: on a server that is thrown away. @default false */
  readonly mayMakeRoles?: boolean;
  /**
   * More servers, as new as the first: the files are shared out among them, and all of them run all files. Databases of one server would not
   * do, since they have their roles in common.
   *
   * @default none
   */
  readonly beside?: readonly DatabaseSettings[];
  readonly onProgress?: (progress: ProveProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A look sums up some 100 MB a second, and there are several looks for each statement of a file. */
const ROWS_UP_TO = 64 * 2 ** 20;

/**
 * Shows by doing what a set of files does when it is run again, stopped in the middle, run late, and undone. All of it happens in a database
 * that is made for it on this server, and in copies of that one; all are dropped at the end.
 *
 * @param server where databases may be created; its own is not touched
 */
export async function prove(
  server: DatabaseSettings,
  compiled: CompiledMigrations,
  options: ProveOptions,
): Promise<ProveReport> {
  const began = performance.now();
  const { ledger, onProgress = () => {}, mayMakeRoles = false, signal, on, beside = [] } = options;
  const { rows = {}, rowsUpTo = on ? ROWS_UP_TO : Infinity, mostStops = MOST_STOPS } = options;
  // Asked first, so that nobody waits for one that is not there.
  const [version = ''] = await Promise.all([server, ...beside].map(versionOf));
  const { migrations } = compiled;
  const appliedBefore = on?.appliedBefore ?? new Set();
  const judged = migrations.filter(
    ({ version }) => !appliedBefore.has(version) && options.judged?.has(version) !== false,
  );
  const scope = scopeOf(options, migrations.length, judged.length, appliedBefore.size);
  const checks = new Set(PROVE_CHECKS.filter((check) => !scope.leftOut.includes(check)));
  const setting: LaneSetting = {
    ...{ migrations, ledger, checks, mostStops, mayMakeRoles, on, appliedBefore, rows, rowsUpTo, onProgress },
  };
  const lanes = lanesOn([server, ...beside], judged, setting);
  const results = await runAll(lanes, setting, signal);
  const files = inOrder(migrations, lanes, results);
  const all = files.flatMap((file) => file.findings);
  const findings = results.flatMap((one) => one.findings).filter((one) => !isKnown(one, all));
  const only = <T>(values: readonly (T | undefined)[]) => values.find((value) => value !== undefined);
  const isPart = scope.leftOut.length > 0 || scope.judged < scope.of;
  return {
    command: 'prove',
    format: 1,
    status: statusOf(files, findings, isPart),
    server: { version, source: options.source },
    ...(isPart && { scope: { ...scope, onlyApplied: results[0]?.onlyApplied ?? 0 } }),
    ...(on && { on: provedOn(on, rowsUpTo) }),
    files,
    findings,
    set: {
      again: only(results.map(({ again }) => again)) ?? 'not-asked',
      chain: only(results.map(({ chain }) => chain)) ?? 'not-asked',
    },
    trials: results.reduce((sum, { trials }) => sum + trials, 0),
    copies: results.reduce((sum, { copies }) => sum + copies, 0),
    durationMs: performance.now() - began,
  };
}

function versionOf(server: DatabaseSettings): Promise<string> {
  return withConnection(server, quickly('registry-jobs prove'), async (connection) => {
    await connection.isOurs;
    return connection.serverVersion;
  });
}

/** Shares the work out. What is about all files is the first one's, and what is about the way back that of the last. */
function lanesOn(
  servers: readonly DatabaseSettings[],
  judged: readonly Migration[],
  setting: LaneSetting,
): readonly Lane[] {
  const { checks } = setting;
  const shares = shareOut(judged, setting, servers.length);
  const all = new Set(judged.map(({ version }) => version));
  return servers.map((server, index) => {
    const own = shares[index] ?? new Set();
    return {
      server,
      judged: own,
      elsewhere: new Set([...all].filter((version) => !own.has(version))),
      again: checks.has('set') && index === 0,
      chain: checks.has('set') && index === servers.length - 1,
    };
  });
}

/** Where one of them cannot go on, nobody has to: what it failed with is thrown when all have cleared up. */
async function runAll(
  lanes: readonly Lane[],
  setting: LaneSetting,
  signal: AbortSignal | undefined,
): Promise<readonly LaneResult[]> {
  const [only] = lanes;
  if (only && lanes.length === 1) return [await proveLane(only, setting, signal)];
  const others = new AbortController();
  const either = signal ? AbortSignal.any([signal, others.signal]) : others.signal;
  let first: { readonly reason: unknown } | undefined;
  const running = lanes.map((lane) =>
    proveLane(lane, setting, either).catch((reason: unknown) => {
      first ??= { reason };
      others.abort();
      throw reason;
    }),
  );
  await Promise.allSettled(running);
  if (first) throw first.reason;
  return Promise.all(running);
}

/** The files of all lanes, each as whoever has judged it tells it; but one that could not be applied elsewhere does not run. Pure. */
function inOrder(
  migrations: readonly Migration[],
  lanes: readonly Lane[],
  results: readonly LaneResult[],
): readonly ProvedFile[] {
  const judged = new Map<string, ProvedFile>();
  const others = new Map<string, ProvedFile>();
  for (const [index, { files }] of results.entries())
    for (const file of files) {
      const isOwn = lanes[index]?.judged.has(file.version);
      (isOwn ? judged : others).set(file.version, file);
    }
  return migrations.flatMap(({ version }) => {
    const own = judged.get(version);
    const other = others.get(version);
    const file = own?.checks.once === 'ok' ? (other ?? own) : (own ?? other);
    return file ? [file] : [];
  });
}

/** What is looked at. The set as a whole is, where all of its files are and nothing was there before. */
function scopeOf(
  { checks = PROVE_CHECKS, on }: ProveOptions,
  of: number,
  judged: number,
  applied: number,
): ProveScope {
  const isAll = judged === of && !on;
  return {
    judged,
    of,
    onlyApplied: 0,
    ...(on && { appliedBefore: applied }),
    leftOut: PROVE_CHECKS.filter((check) => !checks.includes(check) || (check === 'set' && !isAll)),
  };
}

function provedOn({ database: { host, port, name }, bytes }: OnDatabase, rowsUpTo: number): ProvedOn {
  return { host, port, name, bytes, ...(rowsUpTo !== Infinity && { rowsUpTo }) };
}
