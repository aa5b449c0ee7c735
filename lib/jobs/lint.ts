import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { MigrationProblems } from '../errors/problems.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { parseFileName } from '../migrations/file-name.ts';
import { type CompileOptions, readFolder } from '../migrations/folder.ts';
import { isNumbered } from '../migrations/migration.ts';
import { findNumbered } from '../plan/versions.ts';
import { empties, emptyWaysBack, gaps, unfilled } from '../plan/warnings.ts';
import { type LintedFile, lintScript } from '../postgres/lint/lint-script.ts';
import type { LintFinding, LintReport } from '../reports/lint.ts';
import type { Settings } from '../settings/settings.ts';
import { lintFolder } from '../sqlite/lint/lint-folder.ts';
import { lintScript as lintForSqlite } from '../sqlite/lint/lint-script.ts';
import { refusalFor } from './compile.ts';

export interface LintOptions extends CompileOptions {
  /** The one that the files are for: nothing is asked of it. @default some server of Postgres */
  readonly database?: Settings['database'] | undefined;
  /** Only what comes after this version: older files are applied, and what they did is done. */
  readonly since?: string;
}

/**
 * Says what can be known of a folder before anything runs, without a database: what `up` would refuse, what it would warn of, and statements
 * that block others, lose data, or cannot run twice.
 *
 * @param shownAs how files are named in the report
 * @throws UsageError for a folder that cannot be read; RegistryJobsError `unknown-version` for `since`
 */
export async function lint(
  folder: string,
  shownAs: string = folder,
  { since, database, ...options }: LintOptions = {},
): Promise<LintReport> {
  const found: LintFinding[] = [];
  const isSqlite = database?.kind === 'sqlite';
  const lintOf = isSqlite ? lintForSqlite : lintScript;
  let files = 0;
  const read = (file: string, text: string) => {
    files++;
    const refused = refusalFor(database);
    return lintOf(file, text, kindOf(file, options), (finding) => found.push(finding)).catch((error) =>
      refused(error, file, text),
    );
  };
  let compiled: CompiledMigrations | undefined;
  try {
    compiled = await readFolder(read, folder, shownAs, options);
  } catch (error) {
    if (!(error instanceof RegistryJobsError) || PLACES.has(error.code)) throw error;
    const problems = error instanceof MigrationProblems ? error.problems : [error];
    found.push(...problems.map((problem) => ofError(toErrorReport(problem))));
  }
  if (compiled) found.push(...ofFolder(compiled), ...(isSqlite ? await lintFolder(compiled) : []));
  const late = compiled && since !== undefined ? filesAfter(compiled, since) : undefined;
  const findings = found
    .filter(({ location }) => !late || !location || late.has(location.file))
    .sort(byPlace);
  const has = (level: LintFinding['level']) => findings.some((finding) => finding.level === level);
  return {
    command: 'lint',
    status: has('error') ? 'errors' : has('warning') ? 'warnings' : 'ok',
    folder: shownAs,
    files,
    findings,
  };
}

/** Nothing was read: there is nothing to find. */
const PLACES: ReadonlySet<string> = new Set(['no-migrations-folder', 'no-migrations', 'no-such-file']);

/** A schema from elsewhere may have any name; all others have one of ours. */
function kindOf(file: string, { initialSchema }: CompileOptions): LintedFile {
  const isGiven = file === initialSchema?.shownAs;
  const style = isGiven ? 'initial' : parseFileName(file.slice(file.lastIndexOf('/') + 1))?.style;
  return {
    isForward: style !== 'initial' && style !== 'down',
    isPlain: style === 'plain' || style === 'repeatable',
  };
}

function ofFolder({ migrations, warnings = [] }: CompiledMigrations): LintFinding[] {
  const scripts = migrations.flatMap(({ up, down }) => [up, ...(down ? [down] : [])]);
  return [
    ...migrations.flatMap(({ downProblem }) => (downProblem ? [ofError(downProblem)] : [])),
    ...unfilled(migrations).map(ofError),
    ...[
      ...warnings,
      ...gaps(migrations),
      ...empties(migrations),
      ...emptyWaysBack(migrations),
      ...scripts.flatMap((it) => it.warnings ?? []),
    ].map(ofWarning),
  ];
}

function ofError({ code, message, hint, location }: ErrorReport): LintFinding {
  return { level: 'error', code, message, ...(hint && { hint }), ...(location && { location }) };
}

/** Warnings have their place in front of the message. */
function ofWarning({ code, message }: WarningReport): LintFinding {
  const [place, file, line, column] = /^(.+?):(\d+):(\d+): /.exec(message) ?? [];
  if (place === undefined || file === undefined) return { level: 'warning', code, message };
  const location = { file, line: Number(line), column: Number(column) };
  return { level: 'warning', code, message: message.slice(place.length), location };
}

function filesAfter({ migrations }: CompiledMigrations, since: string): ReadonlySet<string> {
  const answer = findNumbered(migrations, since);
  if ('problem' in answer) {
    const { code, message, hint } = answer.problem;
    throw new RegistryJobsError(code, message, { ...(hint && { hint }) });
  }
  const from = BigInt(answer.found.number);
  const late = migrations.filter((migration) => !isNumbered(migration) || BigInt(migration.number) > from);
  return new Set(late.flatMap(({ up, down }) => [up.file, ...(down ? [down.file] : [])]));
}

function byPlace({ location: one }: LintFinding, { location: other }: LintFinding): number {
  if (!one || !other) return Number(Boolean(other)) - Number(Boolean(one));
  if (one.file !== other.file) return one.file.localeCompare(other.file, 'en', { numeric: true });
  return one.line - other.line || one.column - other.column;
}
