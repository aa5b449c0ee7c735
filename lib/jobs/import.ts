import path from 'node:path';
import { changeLedger } from '../engine/change.ts';
import type { RunOptions } from '../engine/run.ts';
import { UsageError } from '../errors/error.ts';
import { planImportLedger, type ToolLedgerName } from '../import/ledger.ts';
import { readSourceFolder } from '../import/source-folder.ts';
import { findMissing, writeTargets } from '../import/target-folder.ts';
import { makeTargets } from '../import/targets.ts';
import { chooseTool } from '../import/tools.ts';
import { remarks } from '../postgres/parser/remarks.ts';
import type { ImportReport } from '../reports/import.ts';
import type { LedgerReport } from '../reports/ledger.ts';
import type { Settings } from '../settings/settings.ts';
import { shellWord } from '../text/format.ts';
import { parserFor } from './compile.ts';
import { dialectFor } from './dialect.ts';

/** What to import, and where to. */
export interface ImportOptions extends RunOptions {
  /** The folder of the other tool, as it is named in reports. */
  readonly from: string;
  /** The folder for our files: new, empty, or with what would be written. */
  readonly to: string;
  /** What relative names count from. @default the current folder */
  readonly folder?: string;
  /** @default the one that the folder is known as */
  readonly tool?: string;
  /** Where that tool keeps what it has applied. @default the table that it makes itself */
  readonly toolLedger?: ToolLedgerName;
  /** False only says what would be written. */
  readonly apply: boolean;
}

/**
 * Makes our files of another tool's folder, and takes over its ledger where a database is given: in one transaction, after the files are
 * written. The ledger is looked at before, so that what keeps it from being taken over keeps the files from being written too.
 *
 * @param settings the database; without it only files are written
 * @throws UsageError `unknown-tool`, `ambiguous-tool`, `not-empty`, `nothing-to-import`, `other-database`, `duplicate-version`,
 * `no-migrations-folder`: nothing was written
 * @throws PlanError when the ledger cannot be taken over: nothing was written
 * @throws RegistryJobsError `file-not-written`, `ledger-failed`, `connect-...`
 */
export async function importMigrations(
  options: ImportOptions,
  settings: Settings | undefined,
): Promise<ImportReport> {
  const { apply, folder = '' } = options;
  const [from, to] = [options.from, options.to].map(withoutSlash) as [string, string];
  const [source, target] = [path.resolve(folder, from), path.resolve(folder, to)];
  const files = await readSourceFolder(source, from, target);
  const command = `registry-jobs import ${shellWord(from)} ${shellWord(to)}`;
  const { tool, knownBy } = chooseTool(files, from, options.tool, command);
  const context = { remarks, sourceName: (name: string) => path.posix.join(from, name) };
  const reading = tool.read(files, context);
  const home = to.split(path.sep).join('/');
  const show = (name: string) => path.posix.join(home, name);
  const targets = await makeTargets(tool, reading, {
    ...context,
    parse: parserFor(settings?.database),
    show,
  });
  const { leftOut, refused } = targets;
  const { notes } = targets;
  const report = {
    command: 'import',
    tool: tool.name,
    ...(knownBy !== undefined && { knownBy }),
    from,
    to,
    leftOut,
    refused,
    notes,
  } as const;
  if (targets.files.length === 0) {
    const why = leftOut.map(({ file, line, why: reason }) => `- ${from}/${file}:${line}: ${reason}`);
    throw new UsageError(
      'nothing-to-import',
      `${from} holds no migration of ${tool.name} that can be carried.`,
      {
        ...(why.length > 0 && { detail: why.slice(0, 20).join('\n') }),
        hint: `If it is for another tool, say which: ${command} --tool NAME`,
      },
    );
  }
  const missing = await findMissing(target, to, targets.targets);
  const adopt = (isApplied: boolean): Promise<LedgerReport> | undefined =>
    settings && adoptLedger(isApplied, settings, { ...options, to, tool, reading, targets });
  let ledger = await adopt(false);
  if (apply) {
    await writeTargets(target, to, missing);
    if (ledger?.status === 'planned') ledger = await adopt(true);
  }
  const hasWork = missing.length > 0 || (ledger !== undefined && ledger.status !== 'nothing-to-do');
  return {
    ...report,
    status: !hasWork ? 'nothing-to-do' : apply ? 'written' : 'planned',
    files: targets.files,
    written: missing.map(({ name }) => name),
    ...(ledger && { ledger }),
  };
}

/** `db/old/`, as a shell completes it, is `db/old`. */
function withoutSlash(folder: string): string {
  return folder.replace(/(?<=.)[\\/]+$/, '');
}

type LedgerContext = Omit<Parameters<typeof planImportLedger>[0], 'ledger'> & RunOptions;

function adoptLedger(apply: boolean, settings: Settings, context: LedgerContext): Promise<LedgerReport> {
  const { tool, toolLedger, targets } = context;
  const { who, toolVersion } = context;
  const options = { apply, ...(who && { who }), ...(toolVersion && { toolVersion }) };
  const ledger = context.ledger ?? settings.ledger;
  const table = toolLedger?.table ?? tool.ledger.table;
  return changeLedger(
    dialectFor(settings),
    'adopt',
    settings,
    { ...options, ledger },
    targets.migrations,
    async (known, session) => {
      const tables = await session.otherTables(table, Object.keys(tool.ledger.columns));
      return planImportLedger({ ...context, ledger }, tables, known);
    },
  );
}
