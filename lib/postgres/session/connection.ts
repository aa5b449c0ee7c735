import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { reachedAt } from '../../text/place.ts';
import { explainConnectError, POOLER_HINT } from '../explain/connect.ts';
import { CANCEL, type Canceller, cancelWhenAsked } from './cancel.ts';
import { type Exchange, takeOver } from './exchange.ts';
import { type OpenedClient, openClient } from './open-client.ts';
import { laterSettings, QUICK_MS, type SessionOptions } from './session-options.ts';
import { LONGEST_TIMER_MS } from './silence.ts';
import { untilThere } from './until-answered.ts';
import { createWire, streamOf } from './wire.ts';
import type { Wire } from './wire-types.ts';

export type { Notice, QueryResult, SendOptions } from './wire-types.ts';

/**
 * One session with the server. `send` puts a statement on the wire at once, without waiting for the answers
 * to the ones before it: what is sent in one turn of the event loop travels in one network flight, and the
 * server answers in order. A failed statement does not stop the ones after it; inside a transaction Postgres
 * refuses those itself, and turns their COMMIT into a ROLLBACK.
 */
export interface Connection extends Wire {
  /** The process id that the server, or a pooler in front of it, announced when the session began. */
  readonly announcedPid: number | null;
  /** As the server announced it: `18.4`. */
  readonly serverVersion: string;
  /** That of the database, as the server announced it: `UTF8`. */
  readonly serverEncoding: string;
  /**
   * Rejects with `connect-pooler` when it turns out that this is not a session of our own with the settings that we asked for. Asked
   * in the first flight, so that nobody has to wait for it who does not want to: at the end of the work it is looked at in any case.
   */
  readonly isOurs: Promise<void>;
  /** Hands the session to a program that speaks the protocol itself; nothing else can be sent in it then. */
  takeOver(): Exchange;
  /** Lets go of the session without a goodbye: what the server has been sent it goes on with. */
  abandon(): void;
  /** When no request to cancel is on its way, which might meet what is sent next. At once, unless somebody has asked to stop. */
  quiet(): Promise<void>;
}

const GOODBYE_MS = 2_000;

/**
 * Opens a connection, runs `work` with it, and closes it again, also when `work` throws. The one place where sessions begin: each is
 * read-only outside its own transactions, waits for no lock for long, sees rows that a policy would hide or is refused, and ends at a
 * time that the caller has to name; before that when an answer of its own stays out.
 *
 * @throws RegistryJobsError `connect-...` or `token-failed`, with what to do about it; `connection-lost`; `stopped` before there is a session
 */
export async function withConnection<T>(
  settings: DatabaseSettings,
  { purpose, giveUpAt, answerMs = QUICK_MS, signal, observer }: SessionOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  // What is waited for a server is not taken from the time for its answers.
  let waitedMs = 0;
  const leftMs = () => giveUpAt + waitedMs - Date.now();
  const began = Date.now();
  const open = async () => {
    if (settings.patience) waitedMs = Date.now() - began;
    const connectTimeoutMs = Math.max(1, Math.min(settings.connectTimeoutMs, leftMs()));
    const password = settings.createToken ? await settings.createToken() : settings.password;
    return openClient(settings, { purpose, password, connectTimeoutMs, signal, observer }).catch(
      (error: unknown) => {
        throwIfStopped(signal, NOT_CONNECTED);
        throw explainConnectError(error, { ...settings, connectTimeoutMs });
      },
    );
  };
  const opened = await untilThere(open, settings.patience, signal);
  const { client } = opened;
  let isSilent = false;
  const giveUp = (reason: string) => {
    isSilent = true;
    streamOf(client).destroy(new Error(reason));
  };
  const late = () => giveUp('no answer in the time that there was');
  const timer = leftMs() <= LONGEST_TIMER_MS ? setTimeout(late, leftMs()) : undefined;
  let canceller: Canceller | undefined;
  try {
    const wire = createWire(client, answerMs, (silentMs) =>
      giveUp(`no answer came for ${Number((silentMs / 1_000).toPrecision(3))} s`),
    );
    const connection = greet(opened, wire, settings);
    canceller = cancelWhenAsked(signal, {
      isAtWork: wire.isStoppable,
      cancel: () => cancel(settings, connection.announcedPid),
      giveUp,
    });
    const { quiet } = canceller;
    const result = await work({ ...connection, quiet });
    await connection.isOurs;
    return result;
  } catch (error) {
    if (opened.isLost() && !isPostgresError(error) && !(error instanceof RegistryJobsError)) {
      throw new RegistryJobsError(
        'connection-lost',
        `The connection to ${reachedAt(settings)} was lost: ${error instanceof Error ? error.message : error}`,
        { hint: isSilent ? SILENT_HINT : 'Find out what ended the session, then run again.', cause: error },
      );
    }
    throw error;
  } finally {
    clearTimeout(timer);
    canceller?.end();
    // The result, or the first error, matters more than a goodbye that did not arrive.
    const impatience = setTimeout(late, GOODBYE_MS);
    await client.end().catch(() => {});
    clearTimeout(impatience);
  }
}

const NOT_CONNECTED = ' before there was a session';

const SILENT_HINT =
  'See whether the server can be reached, then run again; what it has done until then is shown by: registry-jobs status';

/** From a session of its own: the one to be stopped is busy. */
async function cancel(settings: DatabaseSettings, pid: number | null): Promise<void> {
  const ours = { purpose: 'registry-jobs stop', giveUpAt: Date.now() + settings.connectTimeoutMs };
  await withConnection(settings, ours, (other) => other.send(CANCEL, { values: [pid] }));
}

const GREETING = `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.current_setting('default_transaction_read_only') AS "readOnly"`;

/** Leaves with whatever `work` sends first. */
function greet(
  { client, ...opened }: OpenedClient,
  wire: Wire,
  settings: DatabaseSettings,
): Omit<Connection, 'quiet'> {
  const serverVersion = opened.serverVersion();
  const announcedPid = (client as unknown as { processID: number | null }).processID;
  const later = laterSettings(serverVersion).map((sql) => wire.send(sql));
  const isOurs = Promise.all([wire.send(GREETING), ...later]).then(([{ rows }]) => {
    const [found] = rows;
    if (found?.pid === announcedPid && found?.readOnly === 'on') return assertTarget(found, settings);
    throw new RegistryJobsError('connect-pooler', 'A connection pooler stands between us and the database.', {
      hint: POOLER_HINT,
    });
  });
  // A connection that is lost is told by whatever else is asked of it.
  const known = isOurs.catch((error: unknown) => {
    if (error instanceof RegistryJobsError) throw error;
  });
  // Whoever does not ask for it is told at the end.
  known.catch(() => {});
  const handOver = () => takeOver(streamOf(client));
  const abandon = () => void streamOf(client).destroy();
  const serverEncoding = opened.serverEncoding();
  return {
    ...wire,
    announcedPid,
    serverVersion,
    serverEncoding,
    isOurs: known,
    takeOver: handOver,
    abandon,
  };
}

/** @throws RegistryJobsError `connect-wrong-server` */
function assertTarget({ standby }: Record<string, unknown>, settings: DatabaseSettings): void {
  const { target } = settings;
  if (target === undefined || standby === (target === 'standby')) return;
  throw new RegistryJobsError(
    'connect-wrong-server',
    `The server at ${reachedAt(settings)} is a ${standby ? 'standby' : 'primary'}, and ${settings.names?.targetSession ?? 'target_session_attrs'} asks for a ${target}.`,
    { hint: `Name the host of the ${target}, or ask for any server: target_session_attrs=any` },
  );
}
