import type { ErrorReport } from '../errors/error.ts';
import { renderErrors } from '../errors/list.ts';
import { renderWarnings, type WarningReport } from '../errors/warning.ts';
import { count, listed } from '../text/format.ts';
import { placeOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import { type DatabaseReport, isNotThere } from './database.ts';
import type { OfFunction } from './deployed.ts';
import type { DriftReport } from './drift.ts';
import { renderDrift } from './drift-text.ts';

/** What `verify` found. */
export interface VerifyReport extends OfFunction {
  readonly command: 'verify';
  readonly status: 'ok' | 'problems';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  /** How many applied versions have the text of their files, by checksum. */
  readonly checked: number;
  /** How many applied versions have a file and could not be compared: their row has no checksum. */
  readonly notCompared: number;
  /** Repeatable files whose text is another one than what was applied: they are pending, which is no fault. */
  readonly changed: readonly string[];
  /** How the catalog differs from what the files make, with `--deep`. */
  readonly drift?: DriftReport;
  readonly problems: readonly ErrorReport[];
  readonly warnings: readonly WarningReport[];
}

/** The report of `verify` as a person reads it: what was compared, and what was not. Pure. */
export function renderVerifyReport(report: VerifyReport): string {
  const { problems, warnings, database, drift } = report;
  const place = placeOf(database);
  const lines = [
    ...renderWarnings(warnings),
    ...renderErrors(problems),
    problems.length === 0
      ? isNotThere(database)
        ? `${place}: there is no such file yet, and nothing to compare.`
        : `${place}: ${compared(report)}; ${foundNothing(database)}.${drift ? '' : ' The tables themselves were not compared.'}`
      : `${count(problems.length, 'problem')} in ${place}.`,
    ...(drift ? ['', renderDrift(drift)] : []),
  ];
  return visible(lines.join('\n'));
}

/** What was looked at besides. */
function foundNothing(database: DatabaseReport): string {
  return 'kind' in database
    ? 'the file is whole, and each foreign key names a row'
    : 'no invalid index, no partition half detached';
}

function compared({ checked, notCompared, changed }: VerifyReport): string {
  const matches =
    checked === 0
      ? 'no applied file to compare'
      : `${count(checked, 'applied file')} ${checked === 1 ? 'matches' : 'match'} the ledger`;
  const pending =
    changed.length > 0
      ? `; ${listed(changed)} ${changed.length === 1 ? 'has' : 'have'} another text than was applied and ${changed.length === 1 ? 'is' : 'are'} pending`
      : '';
  if (notCompared === 0) return `${matches}${pending}`;
  const have = notCompared === 1 ? 'has no checksum in it and was' : 'have no checksum in it and were';
  return `${matches}${pending}; ${count(notCompared, 'applied version')} ${have} not compared`;
}
