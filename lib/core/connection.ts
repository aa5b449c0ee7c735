import type { Duplex } from 'node:stream';
import pg from 'pg';
import { explainConnectError } from './connect-errors.ts';
import { type Answered, CopyIn } from './copy-in.ts';
import { RegistryJobsError } from './errors.ts';
import { isPostgresError } from './postgres-error.ts';
import type { DatabaseSettings } from './settings/settings.ts';

/** What Postgres answered to one statement. Values are strings, numbers, booleans or null, as `pg` parses them. */
export interface QueryResult {
  /** The command tag's first word: `COMMIT`, `ROLLBACK`, `INSERT`. */
  readonly command: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** A message that the server raised while a statement ran. */
export interface Notice {
  /** `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`. */
  readonly severity: string;
  readonly message: string;
}

export interface SendOptions {
  readonly values?: readonly unknown[];
  readonly onNotice?: (notice: Notice) => void;
}

/**
 * One session with the server. `send` puts a statement on the wire at once, without waiting for the answers
 * to the ones before it: what is sent in one turn of the event loop travels in one network flight, and the
 * server answers in order. A failed statement does not stop the ones behind it; inside a transaction Postgres
 * refuses those itself, and turns their COMMIT into a ROLLBACK.
 */
export interface Connection {
  send(sql: string, options?: SendOptions): Promise<QueryResult>;
  /** Runs `COPY ... FROM STDIN` with all of its data, in the same flight as what is sent around it. */
  copyIn(sql: string, data: Uint8Array, options?: SendOptions): Promise<QueryResult>;
  /** The process id that the server, or a pooler in front of it, announced when the session began. */
  readonly announcedPid: number | null;
}

/** Outside an explicit `BEGIN READ WRITE` a session of ours cannot change anything, whatever goes wrong. */
const SESSION_OPTIONS = [
  'default_transaction_read_only=on',
  // A runner that vanishes without a word must not keep its locks. We send a transaction in one burst, so idling
  // inside of one means that the rest of it is lost; and a network that is gone is noticed in half a minute.
  'idle_in_transaction_session_timeout=10s',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=4',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

const GOODBYE_MS = 2_000;
/** A longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface SessionOptions {
  /** When to stop waiting for answers, in milliseconds since the epoch: the network may be gone without a word. */
  readonly giveUpAt?: number;
}

/**
 * Opens a connection, runs `work` with it, and closes it again, also when `work` throws.
 *
 * @param purpose what `pg_stat_activity.application_name` shows
 * @throws RegistryJobsError `connect-...` or `token-failed`, with what to do about it
 */
export async function withConnection<T>(
  settings: DatabaseSettings,
  purpose: string,
  work: (connection: Connection) => Promise<T>,
  { giveUpAt = Infinity }: SessionOptions = {},
): Promise<T> {
  const password = settings.createToken ? await settings.createToken() : settings.password;
  const client = createClient(settings, password, purpose);
  // Listened to from the start: a server that ends the session at once may say so in the packet that opened it.
  let isLost = false;
  for (const event of ['error', 'end'] as const) {
    client.once(event as 'end', () => {
      isLost = true;
    });
  }
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw explainConnectError(error, settings);
  }
  const destroy = () => streamOf(client).destroy(new Error('no answer in the time that there was'));
  const patienceMs = giveUpAt - Date.now();
  const timer = patienceMs <= LONGEST_TIMER_MS ? setTimeout(destroy, patienceMs) : undefined;
  try {
    return await work(pipelined(client));
  } catch (error) {
    if (isLost && !isPostgresError(error) && !(error instanceof RegistryJobsError)) {
      throw new RegistryJobsError(
        'connection-lost',
        `The connection to ${settings.host}:${settings.port} was lost: ${error instanceof Error ? error.message : error}`,
        { hint: 'Find out what ended the session, then run again.', cause: error },
      );
    }
    throw error;
  } finally {
    clearTimeout(timer);
    // The result, or the first error, matters more than a goodbye that did not arrive.
    const impatience = setTimeout(destroy, GOODBYE_MS);
    await client.end().catch(() => {});
    clearTimeout(impatience);
  }
}

function createClient(settings: DatabaseSettings, password: string | undefined, purpose: string): pg.Client {
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    ...(password !== undefined && { password }),
    ssl: tlsOptions(settings),
    application_name: purpose,
    options: SESSION_OPTIONS,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
  });
  // A lost connection rejects every statement that waits; the event itself must not end the process.
  client.on('error', () => {});
  return client;
}

function streamOf(client: pg.Client): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

function tlsOptions({ tls }: DatabaseSettings): pg.ClientConfig['ssl'] {
  if (tls.mode === 'disable') return false;
  if (tls.mode === 'require') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(tls.certificates && { ca: [...tls.certificates] }) };
}

function pipelined(client: pg.Client): Connection {
  // Answers and notices come in the order of the statements, so a notice belongs to the oldest unanswered one.
  const unanswered: SendOptions[] = [];
  client.on('notice', ({ severity, message }) => {
    unanswered[0]?.onNotice?.({ severity: severity ?? 'NOTICE', message: message ?? '' });
  });
  const wire = streamOf(client);
  let isCorked = false;
  /** `pg` writes each message by itself; held back to the end of this turn, they leave as one. */
  const holdBack = () => {
    if (isCorked) return;
    isCorked = true;
    wire.cork();
    queueMicrotask(() => {
      isCorked = false;
      wire.uncork();
    });
  };
  /**
   * Calls `put` with a callback that settles the promise. The callback runs while the answer is being read; a
   * promise would settle after the whole packet, when notices of later statements have already gone by.
   */
  const answerTo = (options: SendOptions, put: (answered: Answered) => void) =>
    new Promise<QueryResult>((resolve, reject) => {
      holdBack();
      unanswered.push(options);
      put((error, result) => {
        unanswered.shift();
        if (error) reject(error);
        else resolve({ command: result.command, rows: result.rows });
      });
    });
  return {
    announcedPid: (client as unknown as { processID: number | null }).processID,
    send: (sql, options = {}) =>
      answerTo(options, (answered) => {
        if (options.values) client.query(sql, [...options.values], answered);
        else client.query(sql, answered);
      }),
    copyIn: (sql, data, options = {}) =>
      answerTo(options, (answered) => client.query(new CopyIn(sql, data, answered))),
  };
}
