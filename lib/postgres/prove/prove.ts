import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { isReversible } from '../../plan/task.ts';
import type { ProvedFile, ProveFinding, ProveReport } from '../../reports/prove.ts';
import { statusOf } from '../../reports/prove-verdict.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { ensureJournalSql } from '../ledger/journal.ts';
import { ensureLedgerSql } from '../ledger/ledger.ts';
import { withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import { fileOf, notShown, withLate } from './assemble.ts';
import type { Capture } from './capture.ts';
import type { ProveContext, ProveProgress } from './context.ts';
import { finding, isKnown } from './findings.ts';
import { chainOf, type Late, proveChain, proveLate, proveSetAgain } from './prove-late.ts';
import { provePair } from './prove-pair.ts';
import { proveFile } from './prove-plain.ts';
import { OUTSIDE } from './run-script.ts';
import { withStage } from './stage.ts';
import { captureNow, runStep } from './trials.ts';

export interface ProveOptions {
  /** Where the server is from, for the report. */
  readonly source: string;
  readonly ledger: LedgerName;
  /** After how many statements at the most a file is stopped. @default 200 */
  readonly mostStops?: number;
  /** Makes a missing role, one that may not log in: on a server that is thrown away. @default false */
  readonly mayMakeRoles?: boolean;
  readonly onProgress?: (progress: ProveProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

const MOST_STOPS = 200;

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
  const { ledger, onProgress = () => {}, mostStops = MOST_STOPS, mayMakeRoles = false, signal } = options;
  const version = await withConnection(server, quickly('registry-jobs prove'), async (connection) => {
    await connection.isOurs;
    return connection.serverVersion;
  });
  const name = `registry_jobs_prove_${crypto.randomUUID().slice(0, 8)}`;
  return withStage(server, name, signal, async (stage) => {
    let trials = 0;
    const context: ProveContext = {
      stage,
      leaveOut: ledgerTables(ledger),
      migrations: compiled.migrations,
      mostStops,
      mayMakeRoles,
      onProgress,
      count: (more) => {
        trials += more;
      },
    };
    const { files, before, isWhole } = await proveInOrder(context, ledger);
    // Nothing that comes now changes the database itself.
    let looked: Promise<Capture> | undefined;
    const final = () => (looked ??= captureNow(context));
    const late: ReadonlyMap<string, Late> = isWhole ? await proveLate(context, files, final) : new Map();
    const again = isWhole ? await proveSetAgain(context, final) : NOT_SHOWN.again;
    const chain = isWhole ? await proveChain(context, before, final) : NOT_SHOWN.chain;
    const scripts = new Map(compiled.migrations.map((one) => [one.version, one]));
    const proved = files.map((file) => withLate(file, late.get(file.version), scripts.get(file.version)));
    const all = proved.flatMap((file) => file.findings);
    const findings = [...again.findings, ...chain.findings].filter((one) => !isKnown(one, all));
    const set = { again: again.again, chain: chain.chain };
    return {
      command: 'prove',
      format: 1,
      status: statusOf(proved, findings),
      server: { version, source: options.source },
      files: proved,
      findings,
      set,
      trials,
      copies: stage.copies(),
      durationMs: performance.now() - began,
    };
  });
}

const NOT_SHOWN = {
  again: { again: 'not-shown', findings: [] as ProveFinding[] },
  chain: { chain: 'not-shown', findings: [] as ProveFinding[] },
} as const;

/** Each file from the state that those before it leave; then it is applied. Up to the first that cannot be. */
async function proveInOrder(context: ProveContext, ledger: LedgerName) {
  const { stage, migrations, onProgress } = context;
  const files: ProvedFile[] = [];
  const chainStart = chainOf(migrations)[0]?.version;
  let before: Capture | undefined;
  // What is applied stands in tables that the files may know; a dump may bring them along.
  let hasLedger = migrations[0]?.style !== 'initial';
  if (hasLedger) await createLedger(context, ledger);
  for (const [index, migration] of migrations.entries()) {
    onProgress({ file: migration.up.file, check: 'once' });
    if (migration.version === chainStart) before = await captureNow(context);
    const shown = await proveFile(context, migration);
    const way =
      shown.once === 'ok' && isReversible(migration) ? await provePair(context, migration) : undefined;
    const failed =
      shown.once === 'ok' ? await stage.session((one) => runStep(one, { script: migration.up })) : undefined;
    if (failed) {
      const { index: at } = failed;
      const message = 'It does not run.';
      shown.findings.push(finding('once-fails', message, { script: migration.up, index: at, failed }));
    }
    files.push(fileOf(migration, failed ? { ...shown, once: 'failed' } : shown, way));
    if (failed || shown.once !== 'ok') {
      files.push(...migrations.slice(index + 1).map((next) => notShown(next, migration.up.file)));
      return { files, before, isWhole: false };
    }
    if (!hasLedger) await createLedger(context, ledger);
    hasLedger = true;
  }
  return { files, before, isWhole: true };
}

/** Makes the tables that say what is applied: files may know them. */
export async function createLedger(
  { stage }: Pick<ProveContext, 'stage'>,
  ledger: LedgerName,
): Promise<void> {
  await stage.session(async (connection) => {
    await connection.send(OUTSIDE);
    // Whoever names another schema has made it before.
    await connection.send(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(ledger.schema)}`);
    for (const sql of [...ensureLedgerSql(ledger, undefined), ...ensureJournalSql(ledger, undefined)])
      await connection.send(sql);
  });
}
