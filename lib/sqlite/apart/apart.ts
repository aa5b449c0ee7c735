import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Attempt, Outcome } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { stopped } from '../../errors/stopped.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { formatDuration } from '../../text/format.ts';
import type { AttemptOptions } from '../attempt/context.ts';
import { readAttempt } from '../ledger/journal.ts';
import { readLedger } from '../ledger/read.ts';
import { openToRead } from '../session/open-to-read.ts';
import type { FromChild, Plain, ToChild } from './protocol.ts';

/** A process beside this one that runs files, and can be ended in the middle of a statement, as SQLite itself cannot be asked to. */
export interface Apart {
  /** As `attemptInTransaction`, in the process, which is started for the first one; ends when somebody asks to stop or a statement takes too long. Throws nothing. */
  attempt(task: Task, options: AttemptOptions): Promise<Attempt>;
  close(): void;
}

/** How long a statement may still come to its end by itself when somebody asks to stop, in milliseconds. */
const GRACE_MS = 500;

export function createApart(): Apart {
  let child: ChildProcess | undefined;
  const end = () => child?.kill('SIGKILL');
  const start = (): ChildProcess => {
    if (child) return child;
    // Beside this file and of its kind: .ts in a checkout, .js in the package.
    const program = path.join(import.meta.dirname, `child${path.extname(import.meta.filename)}`);
    const one = fork(program, [String(process.pid)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // What a terminal sends to the whole group is for this process alone: it decides.
      detached: true,
    });
    one.on('error', () => {});
    one.once('exit', () => {
      if (child === one) child = undefined;
      process.off('exit', end);
    });
    process.once('exit', end);
    child = one;
    return one;
  };
  return {
    attempt: (task, options) => attemptIn(start(), task, options),
    close: () => {
      child?.disconnect();
      child = undefined;
    },
  };
}

function attemptIn(child: ChildProcess, task: Task, options: AttemptOptions): Promise<Attempt> {
  const { context, start, versions, ledger, lockTimeoutMs, statementTimeoutMs } = options;
  const { settings, ledger: name, runner, onEvent, signal } = context;
  const script = scriptOf(task);
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  let index = 0;
  let why: RegistryJobsError | undefined;
  let timer: NodeJS.Timeout | undefined;
  const send = (told: ToChild) => child.send(told, () => {});
  const place = () => {
    const location = locate(script.file, script.text, script.statements[index]?.start ?? 0);
    return { location, excerpt: excerpt(script.text, location) };
  };
  const kill = (error: RegistryJobsError) => {
    why ??= error;
    child.kill('SIGKILL');
  };
  const onStop = () => {
    if (!signal) return;
    clearTimeout(timer);
    send({ stop: signal.reason });
    timer = setTimeout(() => kill(stopped(signal, IN_THE_MIDDLE, place())), GRACE_MS);
  };
  const onMessage = (told: FromChild) => {
    if ('attempt' in told) {
      if (told.ledger) options.onLedger(told.ledger);
      return finish(revived(told.attempt));
    }
    if (told.event.type === 'statement-started') {
      index = told.event.index - 1;
      if (!signal?.aborted && statementTimeoutMs > 0) {
        clearTimeout(timer);
        timer = setTimeout(() => kill(tooLong(statementTimeoutMs, place())), statementTimeoutMs);
      }
    }
    onEvent(told.event);
  };
  const onExit = () => {
    const asked = signal?.aborted ? stopped(signal, IN_THE_MIDDLE, place()) : undefined;
    const ended = why ?? asked ?? endedBySomebody(place());
    whatBecameOf(options).then(
      (outcome) => finish({ ...NOTHING_SAID, done: index, ...(outcome ?? rolledBack(ended)) }),
      () => finish({ ...NOTHING_SAID, done: index, ...rolledBack(ended) }),
    );
  };
  const finish = (attempt: Attempt) => {
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onExit);
    signal?.removeEventListener('abort', onStop);
    resolve(attempt);
  };
  child.on('message', onMessage).on('exit', onExit);
  signal?.addEventListener('abort', onStop);
  send({
    ...{ task, limits: { lockTimeoutMs, statementTimeoutMs }, settings, name, runner },
    ...{ start, versions, ledger },
  });
  if (signal?.aborted) onStop();
  return promise;
}

const IN_THE_MIDDLE = ' in the middle of this statement';
const NOTHING_SAID = { notices: [], noticesLeftOut: 0 } as const;

function rolledBack(error: RegistryJobsError): Outcome {
  return { outcome: 'rolled-back', error, retry: false };
}

/** It may have committed before it was ended, and not have said so: its row in the journal is of the same transaction. */
async function whatBecameOf({
  context,
  start,
  versions,
  onLedger,
}: AttemptOptions): Promise<Outcome | undefined> {
  const database = await openToRead(context.settings);
  try {
    const row = readAttempt(database, context.ledger, start.id);
    if (row?.status !== 'applied') return undefined;
    onLedger(readLedger(database, context.ledger, versions));
    const { startedAt, finishedAt = startedAt } = row;
    return { outcome: 'applied', startedAt, finishedAt, isClean: true };
  } finally {
    database.close();
  }
}

type Place = Pick<RegistryJobsError, 'location' | 'excerpt'>;

function tooLong(ms: number, { location, excerpt: shown }: Place): RegistryJobsError {
  return new RegistryJobsError(
    'statement-failed',
    `It took longer than ${formatDuration(ms)}, and was ended.`,
    {
      ...(location && { location }),
      ...(shown !== undefined && { excerpt: shown }),
      hint: 'Nothing of the file was kept. To allow it more time begin the file with: -- registry-jobs: statement-timeout 10min',
    },
  );
}

function endedBySomebody({ location, excerpt: shown }: Place): RegistryJobsError {
  return new RegistryJobsError(
    'sqlite-failed',
    'The process that ran this statement was ended by somebody else.',
    {
      ...(location && { location }),
      ...(shown !== undefined && { excerpt: shown }),
      hint: 'Nothing of the file was kept. Run again: registry-jobs up',
    },
  );
}

function revived(attempt: Plain<Attempt>): Attempt {
  if (!('error' in attempt)) return attempt as Attempt;
  const { code, message, ...details } = attempt.error;
  return { ...attempt, error: new RegistryJobsError(code, message, details) } as Attempt;
}
