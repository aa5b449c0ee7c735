import { setImmediate } from 'node:timers/promises';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { isNumbered, type Migration, versionsOf } from '../../migrations/migration.ts';
import type { CheckName, CheckResult, ProvedFile, ProveFinding, ProveReport } from '../../reports/prove.ts';
import { accept, statusOf } from '../../reports/prove-verdict.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { SqliteSettings } from '../../settings/settings.ts';
import { readLedger } from '../ledger/read.ts';
import { ownTables } from '../ledger/tables.ts';
import { describeDatabase } from '../session/describe.ts';
import { fileOf, proveApplied, proveFile } from './prove-file.ts';
import { proveChain, proveLate, proveSet, withLate } from './prove-late.ts';
import { openState, readState, type State } from './state.ts';
import type { Trial } from './trial.ts';

export interface ProveOptions {
  readonly ledger: LedgerName;
  /** After how many statements at the most a file is stopped. @default 200 */
  readonly mostStops?: number;
  readonly onProgress?: (progress: { readonly file: string; readonly check: CheckName | 'set' }) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shows by doing what a folder does to a SQLite database, on a copy of it in memory: the file is read once, and never written. Files that
 * are applied are undone, newest first, and done again, on the rows that are there; the others are run, run again, stopped and undone.
 *
 * @throws RegistryJobsError `sqlite-open`, `database-busy`, `stopped`
 */
export async function proveSqlite(
  settings: SqliteSettings,
  { migrations }: CompiledMigrations,
  { ledger: name, mostStops = 200, onProgress = () => {}, signal }: ProveOptions,
): Promise<ProveReport> {
  const began = performance.now();
  const start = await readState(settings, name);
  const { applied, version } = await lookInto(start, settings, name, migrations);
  let trials = 0;
  const trial: Trial = {
    leaveOut: ownTables(name),
    mostStops,
    onProgress: (file, check) => onProgress({ file, check }),
    count: () => {
      trials++;
    },
    breathe: async () => {
      await setImmediate();
      throwIfStopped(signal, ' before all was tried');
    },
  };
  const back = await proveBack(
    trial,
    start,
    migrations.filter((one) => applied.has(one.version)),
  );
  const forward = await proveForward(trial, start, migrations, applied);
  onProgress({ file: '', check: 'set' });
  const chain = await proveChain(trial, forward.state, migrations);
  const again = await proveSet(trial, forward.state, migrations);
  const late = await proveLate(trial, forward.state, migrations);
  const files = migrations.map((one) => {
    const file = back.get(one.version) ?? forward.files.get(one.version) ?? fileOf(one, {}, []);
    const proved = withLate(file, late.get(one.version));
    // Of what was not looked at nobody knows whether it would be found.
    const isAll = !applied.has(one.version);
    return { ...proved, findings: accept(one, proved.findings, isAll) };
  });
  const told = files.flatMap((file) => file.findings);
  // What a file by itself was found to lose is told there.
  const findings = [...chain.findings, ...again.findings].filter((one) => !isTold(one, told));
  return {
    command: 'prove',
    format: 1,
    status: statusOf(files, findings, false),
    server: { product: 'SQLite', version, source: `a copy of ${settings.shownAs} in memory` },
    files,
    findings,
    set: { again: again.result, chain: chain.result },
    trials,
    copies: 0,
    durationMs: performance.now() - began,
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

/** Newest first, as far as each can be undone. */
async function proveBack(
  trial: Trial,
  start: State,
  applied: readonly Migration[],
): Promise<Map<string, ProvedFile>> {
  const files = new Map<string, ProvedFile>();
  let state: State | undefined = start;
  let inTheWay = '';
  for (const migration of applied.filter(isNumbered).toReversed()) {
    if (!state || !migration.down) {
      inTheWay ||= migration.up.file;
      const message = `It is not undone here: ${inTheWay} is applied and cannot be undone before it.`;
      const isIt = inTheWay === migration.up.file;
      files.set(
        migration.version,
        fileOf(migration, NOTHING, [], isIt ? [] : [{ code: 'not-shown', message }]),
      );
      state = undefined;
      continue;
    }
    const proved = await proveApplied(trial, state, migration);
    files.set(migration.version, proved.file);
    state = proved.state;
    if (!state) inTheWay = migration.up.file;
  }
  return files;
}

/** Each from the state that those before it leave, up to the first that cannot be run. */
async function proveForward(
  trial: Trial,
  start: State,
  migrations: readonly Migration[],
  applied: ReadonlySet<string>,
): Promise<{ files: Map<string, ProvedFile>; state: State | undefined }> {
  const files = new Map<string, ProvedFile>();
  let state: State | undefined = start;
  let stopper = '';
  for (const migration of migrations.filter(({ version }) => !applied.has(version))) {
    if (!state) {
      const message = `Nothing is shown of it: ${stopper}, before it, could not be run.`;
      files.set(migration.version, fileOf(migration, {}, [], [{ code: 'not-shown', message }]));
      continue;
    }
    await trial.breathe();
    const proved = await proveFile(trial, state, migration);
    files.set(migration.version, proved.file);
    state = proved.state;
    stopper = migration.up.file;
  }
  return { files, state };
}

/** Of a file that nothing was asked of. */
const NOTHING: Readonly<Record<CheckName, CheckResult>> = {
  ...{ once: 'not-asked', twice: 'not-asked', stopped: 'not-asked' },
  ...{ late: 'not-asked', down: 'not-asked', 'up-again': 'not-asked' },
};

function isTold({ error, differences }: ProveFinding, told: readonly ProveFinding[]): boolean {
  return told.some((one) =>
    error
      ? one.error?.message === error.message
      : differences.every((difference) => one.differences.some(({ name }) => name === difference.name)),
  );
}
