import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { doneChecksum } from '../migrations/script/done-checksum.ts';
import type { Script, Statement } from '../migrations/script/statement.ts';
import { shellWord } from '../text/format.ts';
import { problem } from './error.ts';
import {
  chooseFrom,
  findMoved,
  isHalfDone,
  movedProblem,
  nameStatement,
  settleByHand,
  uncertainStatement,
  whereItStopped,
} from './half-done.ts';
import type { JournalRow, Known, SessionState } from './known.ts';
import { isReversible, scriptOf, type Task } from './task.ts';
import { findKnown, findVersion, unknownVersion } from './versions.ts';

/** How to go on, when a person has looked. */
export interface ResumeTarget {
  /** Only this version, or its number alone. @default every file that stopped half way */
  readonly version?: string;
  /** The statement to go on with, counted from 1; those before it count as done. @default the first that is not done */
  readonly from?: number;
}

/**
 * Plans to go on where files without a transaction stopped. What comes after that place may have been mended;
 * what is done must be as it was, or nobody could tell where to go on. Pure.
 */
export function planResume(
  migrations: readonly Migration[],
  known: Known,
  target: ResumeTarget = {},
): { tasks: Task[]; problems: ErrorReport[] } {
  const halfDone = (known.unsettled ?? []).filter(isHalfDone);
  const chosen = choose(migrations, halfDone, target);
  if (!Array.isArray(chosen)) return { tasks: [], problems: [chosen] };
  const tasks: Task[] = [];
  const problems: ErrorReport[] = [];
  for (const row of chosen) {
    const planned = resumeOne(migrations, row, known, target.from);
    if ('code' in planned) problems.push(planned);
    else tasks.push(planned);
  }
  return { tasks, problems };
}

/** The files to go on with. `--from` counts the statements of one file, so it has to be clear which one is meant. */
function choose(
  migrations: readonly Migration[],
  halfDone: JournalRow[],
  { version, from }: ResumeTarget,
): JournalRow[] | ErrorReport {
  const named = version === undefined ? undefined : nameOf(migrations, halfDone, version);
  if (version !== undefined && named === undefined) return unknownVersion(version);
  const rows = halfDone.filter((row) => named === undefined || row.version === named);
  const isAsked = named !== undefined || from !== undefined;
  if (isAsked && rows.length === 0) {
    const message = `${named ?? 'No file'} ${named ? 'did not stop' : 'stopped'} half way, so there is no statement to go on from.`;
    return problem('cannot-resume', message, 'See what is applied: registry-jobs status');
  }
  if (from === undefined || rows.length <= 1) return rows;
  const files = rows.map(({ file }) => file).join(' and ');
  const commands = rows.map((row) => `registry-jobs resume ${shellWord(row.version)} --from ${from}`);
  return problem(
    'cannot-resume',
    `${rows.length} files stopped half way, and --from says nothing of which: ${files}.`,
    `Name the one that you mean:\n${commands.join('\n')}`,
  );
}

function nameOf(migrations: readonly Migration[], halfDone: readonly JournalRow[], version: string) {
  const versions = halfDone.map((row) => row.version);
  return findVersion(migrations, version)?.version ?? findKnown(versions, version);
}

function resumeOne(
  migrations: readonly Migration[],
  row: JournalRow,
  known: Known,
  from: number | undefined,
): Task | ErrorReport {
  const refuse = (message: string, what: string) =>
    problem('cannot-resume', message, `${what}, then go on with: registry-jobs resume\n${settleByHand(row)}`);
  const migration = migrations.find(({ version }) => version === row.version);
  const task = migration && taskOf(migration, row);
  if (!task) {
    const moved = findMoved(migrations, row, known);
    if (migration?.downProblem) return migration.downProblem;
    if (moved) return { ...movedProblem(row, moved), code: 'cannot-resume' };
    return refuse(`${row.file} ${whereItStopped(row)}, and is not there any more.`, `Restore ${row.file}`);
  }
  const script = scriptOf(task);
  // All of it would run in one transaction: the statements that are done a second time.
  if (script.directives.transaction) {
    return refuse(
      `${script.file} ${whereItStopped(row)} of a run without a transaction, and asks for a transaction now.`,
      'Begin the file with the line "-- registry-jobs: transaction off" again',
    );
  }
  if (doneChecksum(script, row.done) !== row.doneChecksum) {
    const [first, them] =
      row.done === 1
        ? ['statement, which is', 'it as it was']
        : [`${row.done} statements, which are`, 'them as they were'];
    return refuse(`${script.file} was changed in its first ${first} done.`, `Restore ${them}`);
  }
  const { length } = script.statements;
  if (from !== undefined && !(Number.isInteger(from) && from >= 1 && from <= length + 1)) {
    return problem(
      'cannot-resume',
      `${script.file} has ${length} statements: it cannot go on from statement ${from}.`,
      `Say a number from 1 to ${length}, or ${length + 1} when all of them are done: registry-jobs resume --from ${row.done + 1}`,
    );
  }
  const uncertain = uncertainStatement(row);
  if (from === undefined && uncertain !== undefined) {
    return problem(
      'cannot-resume',
      `${nameStatement(script, uncertain)} may be done, or part of it.`,
      chooseFrom(uncertain),
    );
  }
  const start = from === undefined ? row.done : from - 1;
  const lost = whatIsLost(script, row, start);
  if (lost) return refuseLost(script, row, lost);
  const isKilled = row.status === 'interrupted' || row.status === 'running';
  return {
    ...task,
    from: start,
    ...(start > 0 && row.session && { session: chosenBy(row.session, row.dbUser) }),
    ...(isKilled && from === undefined && { mayBeDone: true }),
    // Whoever says where to go on has looked.
    ...(row.begun && from === undefined && { begun: row.begun }),
  };
}

/** Whoever goes on need not be who began, unless the file itself has chosen a user. */
function chosenBy({ user, ...rest }: SessionState, began: string): SessionState {
  return { ...rest, ...(user !== undefined && user !== began && { user }) };
}

/** It sets something whose name is made up while it runs. */
function isUnnamed({ custom = [] }: Statement): boolean {
  return custom.some(({ name }) => name === undefined);
}

/**
 * What the statements before `start` had made and a new session cannot have: temporary tables and their like, which are gone. What they had
 * set is known as it was after the last one that is done, so an earlier start has a session that nobody remembers.
 */
function whatIsLost(script: Script, { done, session }: JournalRow, start: number): string | undefined {
  if (script.statements.slice(0, start).some(isUnnamed)) return 'a setting whose name is not in its text';
  if (!session || start === 0) return undefined;
  const first = script.statements.findIndex(({ temp }) => temp);
  if (session.left.length > 0 && (first < 0 || start > first)) return session.left.join(', ');
  const isSet = Object.keys(session.settings).length > 0 || session.role !== 'none';
  return start < done && isSet ? 'what its first statements set' : undefined;
}

function refuseLost(script: Script, row: JournalRow, lost: string): ErrorReport {
  const first = script.statements.findIndex((statement) => statement.temp || isUnnamed(statement)) + 1;
  const again = Math.max(1, first);
  return problem(
    'cannot-resume',
    `${script.file} ${whereItStopped(row)}; ${lost} ended with its session, and the statements after it need it.`,
    `If they may run twice, go on from there: registry-jobs resume --from ${again}\n${settleByHand(row)}`,
  );
}

/** To undo takes the down file: where that is gone, there is nothing to go on with. */
function taskOf(migration: Migration, { direction }: JournalRow): Task | undefined {
  if (direction !== 'down') return { migration, direction: 'up' };
  return isReversible(migration) ? { migration, direction: 'down' } : undefined;
}
