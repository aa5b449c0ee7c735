import { toErrorReport, UsageError } from '../errors/error.ts';
import { listErrors } from '../errors/list.ts';
import { count } from '../text/format.ts';

/** A line of a `.env` file whose quotes do not fit, so that it is read otherwise than it is meant. */
export interface EnvFault {
  /** From 1, and so is the column of its first quote. */
  readonly line: number;
  readonly column: number;
  /** The variables that it says something wrong of: its own, and one whose line is taken for a part of its value. */
  readonly names: readonly string[];
  /** Completes `NAME ...`; never holds the value, which may be a secret. */
  readonly why: string;
  readonly hint: string;
}

const NAME = String.raw`[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*`;
/** A line that sets a variable to a value in quotes. */
const QUOTED = new RegExp(`^(${NAME})((["'\`]).*)$`);

/**
 * Finds values whose quotes do not fit: one that is opened and never closed, which would be read with its quote; one that is closed by the
 * quote that was to begin the value of a later line, so that this line is lost; and text after a closing quote, which would be dropped. Pure.
 *
 * @param text without a byte-order mark
 */
export function findEnvFaults(text: string): EnvFault[] {
  const lines = text.split(/\r?\n/);
  const faults: EnvFault[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, before = '', name, value, quote] = QUOTED.exec(lines[at] ?? '') ?? [];
    if (name === undefined || value === undefined || quote === undefined) continue;
    const place = { line: at + 1, column: before.length + 1 };
    const end = value.indexOf(quote, 1);
    if (end < 0) {
      const closing = lines.findIndex((line, index) => index > at && line.includes(quote));
      const lost = QUOTED.exec(lines[closing] ?? '');
      const isMeant = closing >= 0 && lost?.[4] !== quote;
      if (isMeant) at = closing;
      else {
        const names = [name, ...(lost?.[2] === undefined ? [] : [lost[2]])];
        const why = `begins with ${quote} and has no ${quote} at its end`;
        faults.push({ ...place, names, why, hint: `Write ${quote} at the end of that line. ${OTHERWISE}` });
      }
      continue;
    }
    if (/^\s*(?:#|$)/.test(value.slice(end + 1))) continue;
    const why = `goes on after its closing ${quote}, and what stands there would be left out`;
    faults.push({ ...place, names: [name], why, hint: OTHERWISE });
  }
  return faults;
}

const OTHERWISE = 'A value that holds a quote itself has to stand in quotes of another kind.';

/** What is read of a `.env` file. Of the others nobody here has to know what they are to mean. */
const READ = /^(?:PG[A-Z]+|DATABASE_URL|DB_(?:HOST|PORT|NAME|USER|PASSWORD|USE_SSL)|REGISTRY_JOBS_\w+)$/;

/** @throws UsageError `invalid-settings` for each fault that makes a setting another one, with file and line */
export function assertQuotes(file: string, faults: readonly EnvFault[]): void {
  const found = faults
    .filter(({ names }) => names.some((name) => READ.test(name)))
    .map(({ names: [name, lost], why, hint, line, column }) => {
      const loses = lost === undefined ? '' : `, so that ${lost} is taken for a part of it`;
      return new UsageError('invalid-settings', `${name} ${why}${loses}.`, {
        location: { file, line, column },
        hint,
      });
    });
  const [first, ...others] = found;
  if (!first) return;
  if (others.length === 0) throw first;
  throw new UsageError('invalid-settings', `${file} has ${count(found.length, 'fault')}:`, {
    detail: listErrors(found.map(toErrorReport)),
    hint: 'Correct them all.',
  });
}
