import { accessSync, constants, statfsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's maintenance database, for a role that may create databases. */
    serverUrl: string;
    /** What `CREATE DATABASE` is given besides. */
    howToCopy: string;
  }
}

const MEMORY = '/dev/shm';
const MEMORY_BYTES = 2 * 2 ** 30;

/** Each project of vitest.config.ts has this file loaded for itself, and all of them share one server. */
const shared = globalThis as { serverOfTheTests?: Promise<EmbeddedServer> };

/** One server for the whole run: `TEST_DATABASE_URL`, or an embedded Postgres that is thrown away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('serverUrl', given);
    project.provide('howToCopy', '');
    return async () => {};
  }
  shared.serverOfTheTests ??= start();
  const server = await shared.serverOfTheTests;
  project.provide('serverUrl', server.connectionString('postgres'));
  // Takes a third of what the log of every page takes. On a server that others use it would have all of their pages written.
  project.provide('howToCopy', 'STRATEGY FILE_COPY');
  return () => server.stop();
}

async function start(): Promise<EmbeddedServer> {
  const memory = roomInMemory();
  const server = await startEmbeddedPostgres({
    ...(memory && { temporaryFolder: memory }),
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_prepared_transactions: '10',
    },
  }).catch((error: unknown) => {
    // The sentence is all there is to say; vitest would show where it was thrown instead of its hint.
    throw Object.assign(new Error(renderError(toErrorReport(error))), { stack: undefined });
  });
  return server;
}

/** Shared memory for the data, where there is plenty and nobody asked for another folder. Containers have 64 MB. */
function roomInMemory(): string | undefined {
  if (process.platform !== 'linux' || process.env.TMPDIR) return undefined;
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bsize, bavail } = statfsSync(MEMORY);
    return bsize * bavail >= MEMORY_BYTES ? MEMORY : undefined;
  } catch {
    return undefined;
  }
}
