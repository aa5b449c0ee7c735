import type { ErrorCode } from '../errors/catalogue.ts';
import type { ErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import { count, shellWord } from '../text/format.ts';
import { problem } from './error.ts';
import { findMoved, halfDoneProblem, movedProblem } from './half-done.ts';
import type { JournalRow, Known, LedgerRow } from './known.ts';
import type { Renames } from './renames.ts';

/** A row that we wrote has a checksum. One without was written by another tool, by a dump, or by a file itself. */
export function isOfAnotherTool({ checksum }: LedgerRow): boolean {
  return checksum === undefined;
}

/** What the database knows and the files do not. */
export interface Missing {
  /** Rows of the ledger. */
  readonly rows: readonly LedgerRow[];
  /** Files without a transaction that stopped half way. */
  readonly halfDone: readonly JournalRow[];
}

export interface Judgement {
  readonly problems: readonly ErrorReport[];
  readonly warnings: readonly WarningReport[];
  /** Pending files that another tool seems to have applied. */
  readonly notAdopted: ReadonlySet<Migration>;
}

/** What it is compared with. */
interface Files {
  readonly migrations: readonly Migration[];
  readonly pending: readonly Migration[];
  readonly known: Known;
}

/**
 * Judges versions that have no file. What we have applied must be there, or the files are not those of this database;
 * what another tool has applied is its own business, unless it looks like a file that is pending. Pure.
 *
 * @param flyway versions in the history of Flyway
 */
export function judgeMissing(
  { rows, halfDone }: Missing,
  flyway: readonly string[],
  { migrations, pending, known }: Files,
  renames: Renames,
  missingFiles: 'error' | 'warn',
): Judgement {
  const warnings: WarningReport[] = [];
  const problems: ErrorReport[] = [];
  const fault = (code: ErrorCode, message: string, hint: string) => {
    problems.push(problem(code, message, hint));
  };
  const byNumber = new Map(pending.filter(isNumbered).map((migration) => [migration.number, migration]));
  const twinOf = (version: string) =>
    /^\d+$/.test(version) ? byNumber.get(BigInt(version).toString()) : undefined;
  const notAdopted = new Set<Migration>();
  const adopt = (version: string, tool: string) => {
    const twin = twinOf(version);
    if (!twin) return false;
    notAdopted.add(twin);
    fault(
      'not-adopted',
      `${twin.up.file} has the number of ${version}, which ${tool} applied.`,
      'See what taking its ledger over would do: registry-jobs adopt',
    );
    return true;
  };
  const theirs = rows
    .filter(isOfAnotherTool)
    .filter(({ version }) => !adopt(version, 'another tool'))
    .map(({ version }) => version);
  for (const version of flyway) adopt(version, 'Flyway');
  if (theirs.length > 0) warnings.push({ code: 'other-tool', message: describe(theirs) });
  const isWarning = missingFiles === 'warn';
  for (const { was, now } of renames.certain.values()) {
    const message = `${now.up.file} is what was applied as ${was.version}`;
    if (isWarning) warnings.push({ code: 'renamed', message: `${message}; it is not run again.` });
    else fault('renamed', `${message}.`, RENUMBER);
  }
  const isRenamed = new Set([...renames.certain.values()].map(({ was }) => was.version));
  for (const { version } of rows.filter((row) => !isOfAnotherTool(row) && !isRenamed.has(row.version))) {
    const message = `Version ${version} is applied but has no file`;
    const [twin, ...others] = renames.open.get(version) ?? [];
    const forget = `registry-jobs force ${shellWord(version)} --remove`;
    if (isWarning) warnings.push({ code: 'missing-file', message: `${message}.` });
    else if (twin) {
      const files = [twin, ...others].map(({ up }) => up.file).join(' and ');
      fault(
        'missing-file',
        `${message}; ${files} ${others.length > 0 ? 'have' : 'has'} its text.`,
        `If ${others.length > 0 ? 'one of them' : 'that'} is what it was, say so: registry-jobs force ${twin.version}, then: ${forget}`,
      );
    } else {
      const restore = 'Restore the file, or deploy the version of the code that has it.';
      fault('missing-file', `${message}.`, `${restore} If it is gone for good, forget it: ${forget}`);
    }
  }
  for (const row of halfDone) {
    const moved = findMoved(migrations, row, known);
    if (moved) {
      problems.push(movedProblem(row, moved));
      continue;
    }
    const report = halfDoneProblem(row);
    if (isWarning) warnings.push({ code: 'half-done', message: report.message });
    else problems.push(report);
  }
  return { problems, warnings, notAdopted };
}

export const RENUMBER = 'If it was renamed on purpose, tell the ledger with: registry-jobs renumber';

/** A dump of Rails brings hundreds: one line for all of them. */
function describe(versions: readonly string[]): string {
  const SHOWN = 3;
  const more = versions.length - SHOWN;
  const names = versions.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const verbs = versions.length === 1 ? ['was', 'has'] : ['were', 'have'];
  return `${count(versions.length, 'version')} ${verbs[0]} applied by another tool and ${verbs[1]} no file: ${names}.`;
}
