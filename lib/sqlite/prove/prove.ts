import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { type Migration, versionsOf } from '../../migrations/migration.ts';
import {
  type CheckName,
  PROVE_CHECKS,
  type ProveCheck,
  type ProveReport,
  type ProveScope,
} from '../../reports/prove.ts';
import { statusOf } from '../../reports/prove-verdict.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { SqliteSettings } from '../../settings/settings.ts';
import { readLedger } from '../ledger/read.ts';
import { ownTables } from '../ledger/tables.ts';
import { describeDatabase } from '../session/describe.ts';
import { fileOf, isTold, notLoaded, withAccepted, withLate } from './assemble.ts';
import { proveBack, proveForward } from './in-order.ts';
import { proveChain, proveLate, proveSet } from './prove-late.ts';
import { loadRows, type Rows } from './rows.ts';
import { emptyState, openState, readState, type State } from './state.ts';
import type { Trial } from './trial.ts';

export interface ProveOptions {
  readonly ledger: LedgerName;
  /** Versions of the files that are judged; the others are applied without trials. @default all */
  readonly judged?: ReadonlySet<string>;
  /** What is done beside running each file once. @default all */
  readonly checks?: readonly ProveCheck[];
  /** Whether an empty database is where it begins, instead of a copy of the one that is named. @default false */
  readonly fromNothing?: boolean;
  /** After how many statements at the most a file is stopped. @default 200 */
  readonly mostStops?: number;
  /** Rows for the files to work on. @default those that are there */
  readonly rows?: Rows;
  /** The largest table whose rows are compared, in bytes. @default no table is too large */
  readonly rowsUpTo?: number;
  readonly onProgress?: (progress: {
    readonly file: string;
    readonly check: CheckName | 'applied' | 'rows' | 'set';
  }) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shows by doing what a folder does to a SQLite database, on a copy of it in memory: the file is read once, and never written. Files that
 * are applied are undone, newest first, and done again, on the rows that are there; the others are run, run again, stopped and undone.
 *
 * @throws RegistryJobsError `sqlite-open`, `database-busy`, `rows-failed`, `stopped`
 */
export async function proveSqlite(
  settings: SqliteSettings,
  { migrations }: CompiledMigrations,
  options: ProveOptions,
): Promise<ProveReport> {
  const began = performance.now();
  const { ledger: name, fromNothing = false, rows = {}, onProgress = () => {} } = options;
  const found = await (fromNothing ? emptyState(name) : readState(settings, name));
  const { applied, version } = await lookInto(found, settings, name, migrations);
  let trials = 0;
  const trial = createTrial(migrations, options, () => trials++);
  const { judged } = trial;
  const isApplied = (one: Migration) => applied.has(one.version);
  const newest = migrations.findLast((one) => isApplied(one) && judged.has(one.version));
  // What is applied is judged first, from where the database is.
  const isAtOnce = rows.data !== undefined && newest !== undefined && trial.checks.has('down');
  const start = isAtOnce
    ? await loadRows(trial, found, [rows.data], `before ${(newest.down ?? newest.up).file}`)
    : found;
  const back = await proveBack(trial, start, migrations.filter(isApplied));
  const forward = await proveForward(
    trial,
    start,
    migrations.filter((one) => !isApplied(one)),
    { ...rows, ...(isAtOnce && { data: undefined }) },
  );
  if (trial.checks.has('set')) onProgress({ file: '', check: 'set' });
  const chain = await proveChain(trial, forward.state, migrations);
  const again = await proveSet(trial, forward.state, migrations);
  const late = await proveLate(trial, forward.state, migrations);
  const files = migrations.flatMap((one) => {
    const shown = back.get(one.version) ?? forward.files.get(one.version);
    // One that is not judged is told only where it stands in the way of others.
    if (!shown && !judged.has(one.version)) return [];
    const { notes, ...file } = withLate(shown ?? fileOf(one, {}, []), late.get(one.version));
    const idle = isApplied(one) ? (rows.fixtures?.get(one.version) ?? []) : [];
    const proved = { ...file, notes: [...notes, ...idle.map(notLoaded)] };
    return [withAccepted(proved, one, trial, isApplied(one))];
  });
  const told = files.flatMap((file) => file.findings);
  // What a file by itself was found to lose is told there.
  const findings = [...chain.findings, ...again.findings].filter((one) => !isTold(one, told));
  const tried = files.filter(({ checks }) => Object.values(checks).some((check) => check !== 'not-asked'));
  const untried = files.filter((file) => !tried.includes(file) && file.findings.length === 0).length;
  const scope = scopeOf(trial, migrations, applied, untried);
  return {
    command: 'prove',
    format: 1,
    status: statusOf(files, findings, scope !== undefined),
    server: {
      product: 'SQLite',
      version,
      source: describeStart(settings, fromNothing),
    },
    ...(scope && { scope: { ...scope, onlyApplied: forward.onlyApplied } }),
    files,
    findings,
    set: { again: again.result, chain: chain.result },
    trials,
    copies: 0,
    durationMs: performance.now() - began,
  };
}

function createTrial(migrations: readonly Migration[], options: ProveOptions, count: () => void): Trial {
  const { ledger, checks = PROVE_CHECKS, mostStops = 200, rowsUpTo = Infinity } = options;
  const { onProgress = () => {}, signal } = options;
  const judged = options.judged ?? new Set(versionsOf(migrations));
  const isPart = judged.size < migrations.length;
  return {
    judged,
    isPart,
    // The set as a whole is looked at where all of its files are.
    checks: new Set(checks.filter((check) => check !== 'set' || !isPart)),
    leaveOut: ownTables(ledger),
    mostStops,
    rowsUpTo,
    onProgress: (file, check) => onProgress({ file, check }),
    count,
    breathe: async () => {
      await setImmediate();
      throwIfStopped(signal, ' before all was tried');
    },
  };
}

/** Where it begins. */
function describeStart({ file, shownAs }: SqliteSettings, fromNothing: boolean): string {
  if (fromNothing) return 'an empty database in memory';
  if (!existsSync(file)) return `an empty database in memory, since there is no ${shownAs}`;
  return `a copy of ${shownAs} in memory`;
}

/** What was looked at, where that is not all. Pure. */
function scopeOf(
  { judged, isPart, checks }: Trial,
  migrations: readonly Migration[],
  applied: ReadonlySet<string>,
  untried: number,
): ProveScope | undefined {
  const leftOut = PROVE_CHECKS.filter((check) => !checks.has(check));
  if (!isPart && leftOut.length === 0 && untried === 0) return undefined;
  const others = versionsOf(migrations).filter((version) => applied.has(version) && !judged.has(version));
  return {
    judged: judged.size - untried,
    of: migrations.length,
    onlyApplied: 0,
    ...(applied.size > 0 && { appliedBefore: others.length + untried }),
    leftOut,
  };
}

async function lookInto(
  state: State,
  settings: SqliteSettings,
  name: LedgerName,
  migrations: readonly Migration[],
): Promise<{ applied: ReadonlySet<string>; version: string }> {
  const database = await openState(state);
  try {
    const { rows } = readLedger(database, name, versionsOf(migrations));
    const { serverVersion } = describeDatabase(database, settings);
    return { applied: new Set(rows.map(({ version }) => version)), version: serverVersion };
  } finally {
    database.close();
  }
}
