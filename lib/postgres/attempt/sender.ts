import type { Follows } from '../../engine/dialect.ts';
import type { Blocker } from '../../engine/events.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { NoticeReport } from '../../reports/database.ts';
import { redact } from '../../secrets/redact.ts';
import { utf8Chunks } from '../../text/chunks.ts';
import { describeBlockers, readBlockers } from '../catalog/blockers.ts';
import { type Connection, type QueryResult, withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';
import type { RunContext } from './context.ts';
import type { FlightStep } from './flight-types.ts';

/** More than anybody reads; a loop that raises a notice per row must not fill the memory. */
const MOST_NOTICES = 100;

/** Sends the steps of one script, and tells what goes on meanwhile. */
export interface Sender {
  readonly notices: readonly NoticeReport[];
  /** How many more the server sent than are kept. */
  noticesLeftOut(): number;
  /** Says that a statement is about to run. */
  announce(index: number): void;
  readonly send: (step: FlightStep) => Promise<QueryResult>;
  /** How many statements have succeeded. */
  done(): number;
  /** Who was last seen in the way. */
  describeBlockers(): string | undefined;
  end(): void;
}

/**
 * @param from how many statements an earlier attempt has done
 * @param follows of a file that is sent ahead: its first statement begins when its row in the journal is there, and not before
 */
export function createSender(
  connection: Connection,
  script: Script,
  context: RunContext,
  { from = 0, follows }: { readonly from?: number; readonly follows?: Follows | undefined } = {},
): Sender {
  const { file, statements, directives } = script;
  const { lockTimeoutMs = context.settings.migrations.lockTimeoutMs } = directives;
  const notices: NoticeReport[] = [];
  let leftOut = 0;
  let done = from;
  let blockers: readonly Blocker[] = [];
  const watch = createWatch(connection, context, (found, line) => {
    blockers = found;
    context.onEvent({ type: 'blocked', file, line, blockers: found });
  });
  const announce = (index: number) => {
    const statement = statements[index];
    if (!statement) return watch.stop();
    const { line } = statement;
    context.onEvent({ type: 'statement-started', file, line, index: index + 1, total: statements.length });
    watch.start(line);
  };
  const send = async (step: FlightStep): Promise<QueryResult> => {
    const { sql, values, data, statement, index = -1 } = step;
    const options = {
      // Ours may wait for a lock on the ledger as long as the file may for its own; 0 means no limit.
      mayTakeMs: THEIRS.has(step.part) ? Infinity : lockTimeoutMs || Infinity,
      mayBeStopped: THEIRS.has(step.part),
      ...(values && { values }),
      onNotice: ({ severity, message: said }: { severity: string; message: string }) => {
        if (!statement) return;
        if (notices.length >= MOST_NOTICES) {
          leftOut++;
          return;
        }
        const message = redact(said, [context.settings.database.password]);
        const notice = { severity, message, file, line: statement.line };
        notices.push(notice);
        context.onEvent({ type: 'notice', ...notice });
      },
    };
    const result = await (data === undefined
      ? connection.send(sql, { ...options, ...(statement && { withoutRows: true }) })
      : connection.copyIn(sql, utf8Chunks(data.text, data.start, data.end), options));
    // Here, and not where the answer is waited for: that would be after the statements whose answers came with it.
    if (statement) {
      done = index + 1;
      announce(done);
    } else if (follows && step.part === 'announce') {
      follows.onBegun();
      announce(0);
    }
    return result;
  };
  return {
    notices,
    noticesLeftOut: () => leftOut,
    announce,
    send,
    done: () => done,
    describeBlockers: () => (blockers.length > 0 ? describeBlockers(blockers) : undefined),
    end: () => {
      watch.stop();
      if (leftOut > 0) context.onEvent({ type: 'notices-left-out', file, count: leftOut });
    },
  };
}

/** What is not ours may take as long as it wants: with COMMIT too, the server checks what the file has put off. */
const THEIRS: ReadonlySet<FlightStep['part']> = new Set(['statement', 'expect', 'commit']);

/** Between two looks, at the most. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Looks, from a session of its own, who is in the way when a statement has not been answered for half the lock
 * timeout, and then once a minute: a CONCURRENTLY form may wait for as long as somebody reads. Where nobody was seen the
 * next look comes sooner.
 */
function createWatch(
  connection: Connection,
  { settings }: RunContext,
  found: (blockers: readonly Blocker[], line: number) => void,
) {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const look = async (line: number, waitedMs: number) => {
    const asked = timer;
    const pid = connection.announcedPid;
    const blockers = await withConnection(settings.database, quickly('registry-jobs watch'), (other) =>
      readBlockers(other, pid),
    ).catch(() => []);
    if (asked !== timer) return;
    if (blockers.length > 0) found(blockers, line);
    wait(line, blockers.length > 0 ? LOOK_AGAIN_MS : Math.min(2 * waitedMs, LOOK_AGAIN_MS));
  };
  const wait = (line: number, afterMs: number) => {
    timer = setTimeout(() => void look(line, afterMs), afterMs);
  };
  return {
    stop,
    start: (line: number) => {
      stop();
      wait(line, settings.migrations.lockTimeoutMs / 2);
    },
  };
}
