import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { type Observer, observe } from './observe.ts';
import { applicationName, startOptions } from './session-options.ts';
import { streamOf } from './wire.ts';

/** What a session is opened with. */
export interface OpenOptions {
  /** What the list of sessions shows, unless the settings name something else. */
  readonly purpose: string;
  /** Instead of a password that somebody set: a token. */
  readonly password: string | undefined;
  readonly connectTimeoutMs: number;
  /** Whoever aborts it does not want to connect any more. */
  readonly signal?: AbortSignal | undefined;
  readonly observer?: Observer | undefined;
}

/** A client that is connected. */
export interface OpenedClient {
  readonly client: pg.Client;
  /** As the server announced it: `18.4`. */
  readonly serverVersion: () => string;
  /** As the server announced it: that of the database. */
  readonly serverEncoding: () => string;
  /** Whether the connection has ended by itself. */
  readonly isLost: () => boolean;
}

/**
 * Connects, with TLS as libpq does for each mode: `prefer` goes on without it where the server does not offer it or lets nobody in by it,
 * `allow` the other way round.
 *
 * @throws what `pg` throws, of the try that says most
 */
export async function openClient(settings: DatabaseSettings, options: OpenOptions): Promise<OpenedClient> {
  const { mode } = settings.tls;
  if (mode !== 'allow' && mode !== 'prefer') return connect(settings, options, mode !== 'disable');
  const first = mode === 'prefer';
  try {
    return await connect(settings, options, first);
  } catch (error) {
    if (options.signal?.aborted || !mayGoOtherwise(error, first)) throw error;
    return connect(settings, options, !first).catch((other: unknown) => {
      // What a server says through TLS is about who logs in; that it has none of it says nothing.
      const [encrypted, plain] = first ? [error, other] : [other, error];
      throw hasAnswered(encrypted) ? encrypted : plain;
    });
  }
}

/** Nothing that listens, and nobody of that name, is not changed by TLS. */
function mayGoOtherwise(error: unknown, encrypted: boolean): boolean {
  if (hasAnswered(error)) return String((error as { code?: unknown }).code).startsWith('28');
  const code = String((error as { code?: unknown }).code ?? '');
  return encrypted &&
    !/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)$/.test(code)
    ? !/timeout/i.test(String((error as Error).message))
    : false;
}

/** Whether it is the server's own error. */
function hasAnswered(error: unknown): boolean {
  return error instanceof pg.DatabaseError;
}

async function connect(
  settings: DatabaseSettings,
  options: OpenOptions,
  encrypted: boolean,
): Promise<OpenedClient> {
  const client = createClient(settings, options, encrypted);
  const { connection } = client as unknown as { connection: pg.Connection };
  if (options.observer) observe(connection, options.observer);
  let [serverVersion, serverEncoding] = ['', ''];
  connection.on('parameterStatus', (status: ParameterStatus) => {
    // Behind the version a packager may name itself.
    if (status.parameterName === 'server_version') serverVersion = status.parameterValue.split(' ')[0] ?? '';
    if (status.parameterName === 'server_encoding') serverEncoding = status.parameterValue;
  });
  if (settings.channelBinding === 'require') requireBinding(connection, encrypted);
  // Listened to from the start: a server that ends the session at once may say so in the packet that opened it.
  let isLost = false;
  for (const event of ['error', 'end'] as const) {
    client.once(event as 'end', () => {
      isLost = true;
    });
  }
  const { signal } = options;
  const stop = () => streamOf(client).destroy(new Error('asked to stop'));
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop);
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return {
    client,
    serverVersion: () => serverVersion,
    serverEncoding: () => serverEncoding,
    isLost: () => isLost,
  };
}

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

function createClient(
  settings: DatabaseSettings,
  { purpose, password, connectTimeoutMs }: OpenOptions,
  encrypted: boolean,
): pg.Client {
  const config: pg.ClientConfig = {
    host: settings.address ?? settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    ssl: encrypted && tlsOptions(settings),
    // Said either way: `pg` would look into the environment of the process, which is not its to read.
    sslnegotiation: settings.directTls && encrypted ? 'direct' : 'postgres',
    enableChannelBinding: settings.channelBinding !== undefined && settings.channelBinding !== 'disable',
    application_name: applicationName(settings, purpose),
    // The last one counts.
    options: settings.options ? `${settings.options} ${startOptions}` : startOptions,
    client_encoding: 'UTF8',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
  };
  const client = new pg.Client(config);
  // Set afterwards, since an empty one would be looked for in PGPASSWORD, which may be another server's; null has a password file looked into.
  (client as unknown as { password: string | null }).password = password ?? null;
  (client as unknown as { connectionParameters: Login }).connectionParameters.host = settings.host;
  // A lost connection rejects every statement that waits; the event itself must not end the process.
  client.on('error', () => {});
  return client;
}

/** What a password file is asked for: the name of the server, not the near end of a tunnel. */
interface Login {
  host: string;
}

function tlsOptions({ tls, host, address }: DatabaseSettings): ConnectionOptions {
  if (tls.mode === 'allow' || tls.mode === 'prefer' || tls.mode === 'require')
    return { ...named(host, address), rejectUnauthorized: false };
  return {
    ...named(host, address),
    rejectUnauthorized: true,
    ...(tls.certificates && { ca: [...tls.certificates] }),
    ...(tls.mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}

/** Whom the certificate has to name, where the packets go to another address. Names of hosts are for SNI as well, addresses are not. */
function named(host: string, address: string | undefined): ConnectionOptions {
  if (address === undefined) return {};
  return { host, ...(isIP(host) === 0 && { servername: host }) };
}

/** Refuses, before a password is sent, whoever does not prove to be the other end of the encrypted connection. */
function requireBinding(connection: pg.Connection, encrypted: boolean): void {
  let isBound = false;
  const refuse = () => {
    if (isBound) return;
    connection.emit(
      'error',
      new Error('channel binding is required (channel_binding=require), and the server does not offer it'),
    );
    (connection as unknown as { stream: Duplex }).stream.destroy();
  };
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = encrypted && mechanisms.includes('SCRAM-SHA-256-PLUS');
    refuse();
  });
  for (const event of ['authenticationOk', 'authenticationCleartextPassword', 'authenticationMD5Password'])
    connection.prependListener(event, refuse);
}
