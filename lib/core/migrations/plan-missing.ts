import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import { count } from '../format.ts';
import type { LedgerRow } from './ledger.ts';
import { isNumbered, type Migration } from './migration.ts';
import type { WarningReport } from './report.ts';

/** A row that we wrote has a checksum. One without was written by another tool, by a dump, or by a file itself. */
export function isOfAnotherTool({ checksum }: LedgerRow): boolean {
  return checksum === undefined;
}

/** What other tools say is applied, beside the rows of our own ledger. */
export interface Missing {
  /** Rows of the ledger that have no file. */
  readonly rows: readonly LedgerRow[];
  /** Versions in the history of Flyway. */
  readonly flyway: readonly string[];
}

export interface Judgement {
  readonly problems: readonly ErrorReport[];
  readonly warnings: readonly WarningReport[];
  /** Pending files that another tool seems to have applied. */
  readonly notAdopted: ReadonlySet<Migration>;
}

/**
 * Judges versions that are applied and have no file. What we have applied must be there, or the files are not those
 * of this database; what another tool has applied is its own business, unless it looks like a file that is pending.
 * Pure.
 */
export function judgeMissing(
  { rows, flyway }: Missing,
  pending: readonly Migration[],
  missingFiles: 'error' | 'warn',
): Judgement {
  const warnings: WarningReport[] = [];
  const problems: ErrorReport[] = [];
  const fault = (code: string, message: string, hint: string) => {
    problems.push(toErrorReport(new RegistryJobsError(code, message, { hint })));
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
  for (const { version, checksum } of rows.filter((row) => !isOfAnotherTool(row))) {
    const message = `Version ${version} is applied but has no file.`;
    const renamed = pending.find(({ up }) => up.checksum === checksum);
    if (missingFiles === 'warn') warnings.push({ code: 'missing-file', message });
    else if (renamed)
      fault(
        'renamed',
        `${renamed.up.file} is what was applied as ${version}.`,
        'If it was renamed on purpose, tell the ledger with: registry-jobs renumber',
      );
    else fault('missing-file', message, 'Restore the file, or deploy the version of the code that has it.');
  }
  return { problems, warnings, notAdopted };
}

/** A dump of Rails brings hundreds: one line for all of them. */
function describe(versions: readonly string[]): string {
  const SHOWN = 3;
  const more = versions.length - SHOWN;
  const names = versions.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const verbs = versions.length === 1 ? ['was', 'has'] : ['were', 'have'];
  return `${count(versions.length, 'version')} ${verbs[0]} applied by another tool and ${verbs[1]} no file: ${names}.`;
}
