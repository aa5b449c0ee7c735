import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { folderInMemory } from '../../lib/local/memory.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's maintenance database, for a role that may create databases. */
    serverUrl: string;
    /** What `CREATE DATABASE` is given besides. */
    howToCopy: string;
    /** How the names of databases begin that all workers share. */
    runName: string;
  }
}

/** Each project of vitest.config.ts has this file loaded for itself, and all of them share one server. */
const shared = globalThis as { serverOfTheTests?: Promise<EmbeddedServer>; nameOfTheRun?: string };

/** One server for the whole run: `TEST_DATABASE_URL`, or an embedded Postgres that is thrown away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  shared.nameOfTheRun ??= `t_${randomBytes(6).toString('hex')}`;
  const { nameOfTheRun } = shared;
  project.provide('runName', nameOfTheRun);
  if (given) {
    project.provide('serverUrl', given);
    project.provide('howToCopy', '');
    return () => dropShared(given, nameOfTheRun);
  }
  shared.serverOfTheTests ??= start();
  const server = await shared.serverOfTheTests;
  project.provide('serverUrl', server.connectionString('postgres'));
  // Takes a third of what the log of every page takes. On a server that others use it would have all of their pages written.
  project.provide('howToCopy', 'STRATEGY FILE_COPY');
  return () => server.stop();
}

async function start(): Promise<EmbeddedServer> {
  const memory = folderInMemory();
  const server = await startEmbeddedPostgres({
    ...(memory && { temporaryFolder: memory }),
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_prepared_transactions: '10',
      // Each of the thousands of connections of a run digests its password 4096 times. With fewer rounds than these dbmate refuses to log in.
      scram_iterations: '1000',
    },
  }).catch((error: unknown) => {
    // The sentence is all there is to say; vitest would show where it was thrown instead of its hint.
    throw Object.assign(new Error(renderError(toErrorReport(error))), { stack: undefined });
  });
  // There, because a first session writes down what it had to look for in the catalog, and copies of the database have it from then on.
  const client = new pg.Client({ connectionString: server.connectionString('template1') });
  client.on('error', () => {});
  await client.connect();
  await client.query(`ALTER ROLE ${server.user} PASSWORD ${client.escapeLiteral(server.password)}`);
  await client.end();
  return server;
}

/** What workers made for each other stays until none of them can need it. */
async function dropShared(url: string, run: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [
      run,
    ]);
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
