import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { beginning } from '../migrations/script/beginning.ts';
import { doneChecksum } from '../migrations/script/done-checksum.ts';
import { type Script, statementText } from '../migrations/script/statement.ts';
import { shellWord } from '../text/format.ts';
import { problem } from './error.ts';
import type { JournalRow, Known } from './known.ts';

/** A file without a transaction whose newest attempt did not reach the end. */
export function isHalfDone(row: JournalRow): boolean {
  return !row.transaction && row.status !== 'applied' && (row.direction === 'up' || row.direction === 'down');
}

/** The statement, from 1, of which nobody can tell whether it was done. */
export function uncertainStatement({ uncertain, done, statements }: JournalRow): number | undefined {
  return uncertain && done < statements ? done + 1 : undefined;
}

/** Why `up` and `down` do nothing while a file is half done, and what to do. Pure. */
export function halfDoneProblem(row: JournalRow): ErrorReport {
  const uncertain = uncertainStatement(row);
  const message = `${row.file} runs without a transaction and ${whereItStopped(row)}`;
  return uncertain === undefined
    ? problem('half-done', `${message}.`, `Go on with: registry-jobs resume\n${settleByHand(row)}`)
    : problem(
        'half-done',
        `${message}; ${mayBeDone(uncertain)}.`,
        `${chooseFrom(uncertain)}\n${settleByHand(row)}`,
      );
}

/**
 * The file that a half-done one has become, when its own name is gone: it begins with the statements that are done, so to run it would do
 * them twice. Nothing where none does, or more than one. Pure.
 */
export function findMoved(
  migrations: readonly Migration[],
  row: JournalRow,
  { ledger, unsettled = [] }: Known,
): Migration | undefined {
  const known = new Set([...ledger, ...unsettled].map(({ version }) => version));
  const isTwin = ({ version, up, down }: Migration) => {
    if (known.has(version)) return false;
    const script = row.direction === 'down' ? down : up;
    if (!script || script.directives.transaction || script.statements.length < row.done) return false;
    if (row.done === 0) return script.checksum === row.checksum;
    return doneChecksum(script, row.done) === row.doneChecksum;
  };
  const twins = migrations.filter(isTwin);
  return twins.length === 1 ? twins[0] : undefined;
}

/** Why nothing runs while a half-done file has another name. Pure. */
export function movedProblem(row: JournalRow, { up, down }: Migration): ErrorReport {
  const file = (row.direction === 'down' ? down : up)?.file ?? up.file;
  const first = row.done === 1 ? 'statement' : `${row.done} statements`;
  const begins =
    row.done === 0 ? 'has its text' : `begins with the ${first} that ${row.done === 1 ? 'is' : 'are'} done`;
  return problem(
    'half-done',
    `${row.file} runs without a transaction and ${whereItStopped(row)}; it is not there any more, and ${file} ${begins}.`,
    `If that is another file, say what became of the old one: registry-jobs force ${shellWord(row.version)}\nOr, if that was undone: registry-jobs force ${shellWord(row.version)} --remove\nIf it is the same, give it its old name until it is applied: mv ${shellWord(file)} ${shellWord(row.file)} && registry-jobs resume`,
  );
}

/** As a sentence goes on after the name of the file: `stopped after statement 2 of 4`. */
export function whereItStopped({ done, statements }: JournalRow): string {
  return done === 0
    ? `stopped at its first statement, of ${statements}`
    : `stopped after statement ${done} of ${statements}`;
}

export function mayBeDone(statement: number): string {
  return `statement ${statement} may be done, or part of it`;
}

/** How to find out about an uncertain statement, and what to type then: a command ends its line. */
export function chooseFrom(statement: number): string {
  const look = `Look in the database for what statement ${statement} does, and finish or undo by hand what is there in part`;
  return `${look}.\nIf it is not there: registry-jobs resume --from ${statement}\nIf it is: registry-jobs resume --from ${statement + 1}`;
}

/** The way out for somebody who finished or undid the work: a command ends its line. */
export function settleByHand({ version }: Pick<JournalRow, 'version'>): string {
  const force = `registry-jobs force ${shellWord(version)}`;
  return `Or mend the database by hand and say what the version is now.\nApplied: ${force}\nNot applied: ${force} --remove`;
}

/** A statement with its place and its beginning, so that a person can look for what it does. Pure. */
export function nameStatement(script: Script, number: number): string {
  const statement = script.statements[number - 1];
  if (!statement) return `Statement ${number} of ${script.file}`;
  const text = beginning(statementText(script, statement));
  return `Statement ${number} of ${script.statements.length}, ${script.file}:${statement.line} (${text}),`;
}
