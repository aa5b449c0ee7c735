import type { Script } from '../migrations/script/statement.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import { type ApplyContext, describeStart, limitsOf, timeProblem } from './apply.ts';
import { earlierFailure } from './detach.ts';
import type { Attempt, AttemptStart, Session } from './dialect.ts';
import type { MigrationEvent, OnMigrationEvent } from './events.ts';
import { RESERVE_MS } from './retry.ts';

/** A first attempt at a file, which is on its way. */
export interface Sent {
  readonly start: AttemptStart;
  /** What became of it. */
  readonly attempt: Promise<Attempt>;
}

/** One that may be refused; then nobody asks what became of it. */
export interface SentAhead extends Sent {
  /** Whether the database has begun it: known as soon as it has. */
  readonly isBegun: Promise<boolean>;
  /** From now on it is told what happens: it is its turn. */
  release(): void;
}

/** Sends files before the ones before them are answered. */
export interface Ahead {
  /** What was sent of a task. */
  sent(task: Task): SentAhead | undefined;
  /** Sends a task together with those after it that may go in the same flight; nothing where it has to go alone. */
  send(tasks: readonly Task[]): Sent | undefined;
  /** How many of these were sent, when each of them has been answered. */
  answered(tasks: readonly Task[]): Promise<number>;
}

/** So many files leave together at the most, with so many statements, expectations among them, and characters: what is refused is answered too. */
export const MOST_FILES = 16;
const MOST_STATEMENTS = 400;
const MOST_CHARACTERS = 200_000;

/**
 * The files that may leave in one flight, of a list from its first one on. Those end it that say themselves how long they take or may wait,
 * that run without a transaction, bring data, or may run on in the server. Pure.
 */
export function flightOf(tasks: readonly Task[], mayGo: (task: Task) => boolean): readonly Task[] {
  let [statements, characters] = [0, 0];
  const end = tasks.findIndex((task, index) => {
    const script = scriptOf(task);
    statements += script.statements.length + script.expectations.length;
    characters += script.text.length;
    const isTooMuch = index >= MOST_FILES || statements > MOST_STATEMENTS || characters > MOST_CHARACTERS;
    return isTooMuch || !isPlain(task, script) || !mayGo(task);
  });
  return end === -1 ? tasks : tasks.slice(0, end);
}

function isPlain(task: Task, { directives, statements }: Script): boolean {
  const { transaction, lockTimeoutMs, statementTimeoutMs, expectedMs, detach } = directives;
  const saysMore = [lockTimeoutMs, statementTimeoutMs, expectedMs, detach].some((one) => one !== undefined);
  const isWhole = transaction && task.from === undefined && task.migration.style !== 'initial';
  return isWhole && !saysMore && statements.every(({ data }) => data === undefined);
}

export function createAhead(session: Session, context: ApplyContext): Ahead {
  const { deadline, detach, onEvent } = context;
  const { attemptAhead } = session;
  const sent = new Map<Task, SentAhead>();
  const mayGo = (task: Task) => earlierFailure(session, task, context) === undefined;

  const send = (tasks: readonly Task[]): Sent | undefined => {
    // What there was of an earlier flight has been refused.
    sent.clear();
    const [first] = tasks;
    if (!first || !attemptAhead || detach === 'always' || timeProblem(first, deadline)) return undefined;
    const [, ...others] = flightOf(tasks, mayGo);
    if (others.length === 0) return undefined;
    const start = describeStart(first);
    const attempt = session.attempt(first, start, limitsOf(first, context));
    let before: { id: string; settled: Promise<Attempt | undefined> } = { id: start.id, settled: attempt };
    for (const task of others) {
      const own = describeStart(task);
      const begun = Promise.withResolvers<boolean>();
      const events = holdEvents(onEvent);
      const settled = attemptAhead(task, own, limitsOf(task, context), {
        after: before.id,
        settled: before.settled,
        first: start.id,
        withinMs: deadline - Date.now() - RESERVE_MS,
        onBegun: () => begun.resolve(true),
        onEvent: events.onEvent,
      });
      settled.then((attempt) => begun.resolve(attempt !== undefined), begun.reject);
      begun.promise.catch(() => {});
      const attempt = settled.then(assertBegun);
      attempt.catch(() => {});
      sent.set(task, { start: own, attempt, isBegun: begun.promise, release: events.release });
      before = { id: own.id, settled };
    }
    return { start, attempt };
  };

  return {
    sent: (task) => sent.get(task),
    send,
    answered: async (tasks) => {
      const flown = tasks.flatMap((task) => sent.get(task) ?? []);
      await Promise.allSettled(flown.map(({ attempt }) => attempt));
      return flown.length;
    },
  };
}

/** Nobody is told of an attempt that was not begun. */
function assertBegun(attempt: Attempt | undefined): Attempt {
  if (attempt) return attempt;
  throw new Error('An attempt is asked for that was not begun.');
}

/** Keeps what happens until somebody may hear it, in its order. */
function holdEvents(onEvent: OnMigrationEvent): { onEvent: OnMigrationEvent; release(): void } {
  let held: MigrationEvent[] | undefined = [];
  return {
    onEvent: (event) => (held ? void held.push(event) : onEvent(event)),
    release: () => {
      for (const event of held ?? []) onEvent(event);
      held = undefined;
    },
  };
}
