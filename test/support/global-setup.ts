import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's maintenance database, for a role that may create databases. */
    serverUrl: string;
  }
}

/** One server for the whole run: `TEST_DATABASE_URL`, or an embedded Postgres that is thrown away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('serverUrl', given);
    return async () => {};
  }
  const server = await startEmbeddedPostgres({
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_prepared_transactions: '10',
    },
  });
  project.provide('serverUrl', server.connectionString('postgres'));
  return () => server.stop();
}
