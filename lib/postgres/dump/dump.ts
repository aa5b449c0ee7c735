import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { RegistryJobsError, UsageError } from '../../errors/error.ts';
import { stopped } from '../../errors/stopped.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { placeOfSettings } from '../../settings/place.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { shellWord } from '../../text/format.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import type { Bridge, Dumped } from './bridge.ts';
import { neededTables } from './needed.ts';
import { tidyDump } from './tidy.ts';

export interface DumpOptions {
  /**
   * Left out, with the tables that belong to it: what is applied is not part of the schema. One that a view reads, say, is there without its
   * rows, since what is written has to be loadable.
   */
  readonly ledger: LedgerName;
  /** Whether to say whose everything is. @default true */
  readonly owner?: boolean;
  /** Whether to say who may do what. @default true */
  readonly privileges?: boolean;
  /** Ends it: nothing was changed. */
  readonly signal?: AbortSignal | undefined;
}

/** The schema of a database. */
export interface SchemaDump {
  /** As the server announced it: `18.4`. */
  readonly serverVersion: string;
  readonly sql: string;
}

/** How long it waits for a lock, and whoever comes after it behind it, in milliseconds. */
const LOCK_WAIT_MS = 2_000;

/** What the text of a definition depends on and pg_dump takes as the role or the database has it. It sets the rest itself. */
const PINNED = Object.entries({
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  bytea_output: 'hex',
  TimeZone: 'UTC',
  lc_monetary: 'C',
  xmlbinary: 'base64',
})
  .map(([name, value]) => `SET ${name} = '${value}'`)
  .join('; ');

const WHO = "SELECT pg_catalog.current_setting('is_superuser') AS superuser";

/**
 * Writes the schema of a database as SQL, by pg_dump itself: the package `@electric-sql/pglite-tools` carries it as WebAssembly, and it
 * speaks through a session of ours, with our TLS and our passwords. Equal schemas are equal texts: versions and random words are left out.
 * It reads in one transaction, and locks each table against being dropped or altered meanwhile.
 *
 * @throws UsageError `no-pg-dump`; RegistryJobsError `dump-failed`, `connect-...`, `stopped`
 */
export async function dumpSchema(settings: DatabaseSettings, options: DumpOptions): Promise<SchemaDump> {
  assertPgDump();
  const { signal } = options;
  const session = { purpose: 'registry-jobs dump', giveUpAt: Infinity, signal };
  return withConnection(settings, session, async (connection) => {
    await connection.isOurs;
    await connection.send(PINNED);
    const { rows } = await connection.send(WHO);
    const { serverVersion } = connection;
    const announced = { serverVersion, isSuperuser: rows[0]?.superuser === 'on' };
    const all = ledgerTables(options.ledger);
    const needed = await neededTables(connection, all);
    const args = [
      '--schema-only',
      `--lock-wait-timeout=${LOCK_WAIT_MS}`,
      ...(options.owner === false ? ['--no-owner'] : []),
      ...(options.privileges === false ? ['--no-privileges'] : []),
      ...all.filter((table) => !needed.includes(table)).map((table) => `--exclude-table=${nameOf(table)}`),
    ];
    const dumped = await runPgDump(connection, { announced, args }, signal);
    if ('error' in dumped) throw explain(dumped.error, settings);
    return { serverVersion, sql: tidyDump(dumped.sql) };
  });
}

/** @throws UsageError `no-pg-dump` */
export function assertPgDump(): void {
  try {
    import.meta.resolve('@electric-sql/pglite-tools/pg_dump');
  } catch (cause) {
    throw new UsageError('no-pg-dump', 'The package that carries pg_dump is not installed here.', {
      hint: 'Install it, then try again: npm install --save-dev @electric-sql/pglite-tools',
      cause,
    });
  }
}

async function runPgDump(
  connection: Connection,
  asked: Omit<Bridge, 'flag'>,
  signal: AbortSignal | undefined,
): Promise<Dumped> {
  const exchange = connection.takeOver();
  const flag = new SharedArrayBuffer(4);
  const workerData: Bridge = { flag, ...asked };
  const extension = path.extname(import.meta.filename);
  const worker = new Worker(path.join(import.meta.dirname, `worker${extension}`), { workerData });
  const { promise, resolve, reject } = Promise.withResolvers<Dumped>();
  const stop = () => signal && reject(stopped(signal, ' before the schema was read'));
  signal?.addEventListener('abort', stop);
  worker.once('error', reject);
  worker.on('message', (told: { readonly message: Uint8Array } | Dumped) => {
    if (!('message' in told)) return resolve(told);
    exchange(told.message).then((answer) => {
      worker.postMessage({ answer });
      const arrived = new Int32Array(flag);
      Atomics.store(arrived, 0, 1);
      Atomics.notify(arrived, 0);
    }, reject);
  });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** As pg_dump takes names, each part in quotes stands for itself. */
function nameOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

function explain(words: string, settings: DatabaseSettings): RegistryJobsError {
  // Its lines come as one, and it takes the name of the file that runs it for its own.
  const lines = words
    .replaceAll(/worker\.[jt]s: (?=(?:error|detail|hint|warning): )/g, 'pg_dump: ')
    .split(/(?=pg_dump: )/)
    .slice(1);
  const detail = lines.map((line) => line.replaceAll(/\s+/g, ' ').trim()).join('\n') || words.trim();
  const known = HINTS.find(([pattern]) => pattern.test(detail))?.[1];
  const hint = known ?? (NO_TEXT.test(detail) ? byteByByte(settings) : 'Above are its own words.');
  const message = `pg_dump could not read the schema of ${placeOfSettings(settings)}.`;
  return new RegistryJobsError('dump-failed', message, { detail, hint });
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /statement timeout/,
    `Somebody has locked one of these tables for more than ${LOCK_WAIT_MS / 1_000} seconds: try again when that is over.`,
  ],
  [/permission denied/, 'It has to read each table that it describes: grant that, or name a user who may.'],
  [
    /version mismatch/,
    'The server is newer than it: npm install --save-dev @electric-sql/pglite-tools@latest',
  ],
];

/** A database whose encoding is SQL_ASCII takes any bytes. */
const NO_TEXT = /invalid byte sequence for encoding "UTF8"/;

function byteByByte({ host, port, user, database }: DatabaseSettings): string {
  const [at, as, name] = [host, user, database].map(shellWord);
  return `This database says no encoding, and what is in it is not UTF-8. pg_dump itself copies the bytes: pg_dump --schema-only --encoding SQL_ASCII --host ${at} --port ${port} --username ${as} --dbname ${name}`;
}
