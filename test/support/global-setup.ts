import { accessSync, constants, statfsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's maintenance database, for a role that may create databases. */
    serverUrl: string;
  }
}

const MEMORY = '/dev/shm';
const MEMORY_BYTES = 2 * 2 ** 30;

/** One server for the whole run: `TEST_DATABASE_URL`, or an embedded Postgres that is thrown away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('serverUrl', given);
    return async () => {};
  }
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
  project.provide('serverUrl', server.connectionString('postgres'));
  return () => server.stop();
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
