import type { Migration } from '../../migrations/migration.ts';
import { isReversible } from '../../plan/task.ts';
import type { ProvedFile } from '../../reports/prove.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { fileOf, notApplied, notShown } from './assemble.ts';
import type { Capture } from './capture.ts';
import type { ProveContext } from './context.ts';
import { createLedger } from './create-ledger.ts';
import { finding } from './findings.ts';
import { lackOf, madeRole, missingRole } from './lacks.ts';
import { findLargeTables } from './large.ts';
import { chainOf } from './prove-chain.ts';
import { provePair } from './prove-pair.ts';
import { proveFile } from './prove-plain.ts';
import { loadRows, type Rows } from './rows.ts';
import type { Failed } from './run-script.ts';
import { behindFinding, sequencesBehind } from './sequences.ts';
import { captureNow, runStep } from './trials.ts';

/** What there is beside the files. */
export interface Setting {
  readonly ledger: LedgerName;
  /** Whether the database has a ledger, or is made with one before the first file. */
  readonly hasLedger: boolean;
  /** Versions that are applied there. */
  readonly appliedBefore: ReadonlySet<string>;
  readonly rows: Rows;
  /** The largest table whose rows are compared, in bytes. */
  readonly rowsUpTo: number;
  /** Whether the state before the chain is wanted. */
  readonly asksChain: boolean;
}

/** What was shown of the files in their order. */
export interface InOrder {
  readonly files: readonly ProvedFile[];
  /** The state before the newest files that can all be undone. */
  readonly before: Capture | undefined;
  /** How many files were applied without a trial. */
  readonly onlyApplied: number;
  /** Whether all files could be run. */
  readonly isWhole: boolean;
}

/** Each file that is judged from the state that those before it leave; then it is applied, as the others are. Up to the first that cannot be. */
export async function proveInOrder(context: ProveContext, setting: Setting): Promise<InOrder> {
  const { judged, elsewhere } = context;
  const { ledger, appliedBefore, rows, rowsUpTo, asksChain } = setting;
  const files: ProvedFile[] = [];
  let onlyApplied = 0;
  const migrations = context.migrations.filter(({ version }) => !appliedBefore.has(version));
  const chainStart = asksChain ? chainOf(context.migrations)[0]?.version : undefined;
  let before: Capture | undefined;
  // What is applied stands in tables that the files may know; a dump may bring them along.
  let { hasLedger } = setting;
  if (!hasLedger && migrations[0]?.style !== 'initial') {
    await createLedger(context, ledger);
    hasLedger = true;
  }
  const behind = watchSequences(context);
  const loader = loadRows(context, rows, migrations);
  for (const [index, migration] of migrations.entries()) {
    if (migration.version === chainStart) before = await captureNow(context);
    if (await loader.before(migration)) behind.forget();
    const isJudged = judged.has(migration.version);
    if (isJudged) await behind.know();
    const file = isJudged
      ? await proveOne(await withSizes(context, rowsUpTo), migration)
      : await applyOne(context, migration);
    if (file) files.push(isJudged ? await behind.look(file, migration) : file);
    if (!isJudged) {
      behind.forget();
      if (!file && !elsewhere.has(migration.version)) onlyApplied++;
    }
    if (file && file.checks.once !== 'ok') {
      const rest = migrations.slice(index + 1).filter(({ version }) => judged.has(version));
      files.push(...rest.map((next) => notShown(next, migration.up.file)));
      return { files: files.map(markBehind), before, onlyApplied, isWhole: false };
    }
    if (!hasLedger) await createLedger(context, ledger);
    hasLedger = true;
    if (await loader.after(migration)) behind.forget();
  }
  return { files: files.map(markBehind), before, onlyApplied, isWhole: true };
}

/** Leaves the rows of tables out that are too large at this moment. */
export async function withSizes(context: ProveContext, rowsUpTo: number): Promise<ProveContext> {
  if (rowsUpTo === Infinity) return context;
  const large = await context.stage.session((one) => findLargeTables(one, rowsUpTo));
  return { ...context, large, leaveOut: [...context.leaveOut, ...large.leaveOut] };
}

async function proveOne(context: ProveContext, migration: Migration): Promise<ProvedFile> {
  const { stage, checks, onProgress } = context;
  onProgress({ file: migration.up.file, check: 'once' });
  const shown = await proveFile(context, migration);
  const isOk = shown.once === 'ok';
  const way =
    isOk && checks.has('down') && isReversible(migration) ? await provePair(context, migration) : undefined;
  const failed = isOk ? await stage.session((one) => runStep(one, { script: migration.up })) : undefined;
  if (failed) shown.findings.push(doesNotRun(migration, failed));
  return fileOf(migration, failed ? { ...shown, once: 'failed' } : shown, way, checks);
}

/** @returns what is to be told, where it could not be applied */
async function applyOne(context: ProveContext, migration: Migration): Promise<ProvedFile | undefined> {
  const { stage, onProgress, mayMakeRoles, elsewhere } = context;
  const { up } = migration;
  // Where it is judged, it is told.
  if (!elsewhere.has(migration.version)) onProgress({ file: up.file, check: 'applied' });
  const made = new Set<string>();
  for (;;) {
    const failed = await stage.session((one) => runStep(one, { script: up }));
    if (!failed) return undefined;
    const role = mayMakeRoles ? missingRole(failed) : undefined;
    if (role !== undefined && !made.has(role)) {
      await stage.admin(`CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`);
      made.add(role);
      continue;
    }
    const roles = [...made].map((one) => madeRole(one, up));
    const lack = lackOf(failed, up);
    return lack
      ? notApplied(migration, [], [...roles, lack])
      : notApplied(migration, [doesNotRun(migration, failed)], roles);
  }
}

function doesNotRun({ up }: Migration, failed: Failed) {
  return finding('once-fails', 'It does not run.', { script: up, index: failed.index, failed });
}

/** Looks after each judged file whether it has left a sequence behind; what was behind before is not its fault. */
function watchSequences({ stage }: ProveContext) {
  const look = () => stage.session(sequencesBehind);
  const keyOf = ({ sequence, table, column }: Awaited<ReturnType<typeof look>>[number]) =>
    [sequence, table, column].join(' ');
  // A new database has none.
  let known: Set<string> | undefined;
  return {
    forget: () => {
      known = undefined;
    },
    know: async () => {
      known ??= new Set((await look()).map(keyOf));
    },
    look: async (file: ProvedFile, migration: Migration): Promise<ProvedFile> => {
      if (file.checks.once !== 'ok') return file;
      const found = await look();
      const fresh = found.filter((one) => !known?.has(keyOf(one)));
      known = new Set(found.map(keyOf));
      return {
        ...file,
        findings: [...file.findings, ...fresh.map((one) => behindFinding(migration.up, one))],
      };
    },
  };
}

/** In the matrix it stands where the file was run once. */
function markBehind(file: ProvedFile): ProvedFile {
  const isBehind = file.findings.some(({ code }) => code === 'sequence-behind');
  return isBehind ? { ...file, checks: { ...file.checks, once: 'failed' } } : file;
}
