import type { TrialServer } from '../jobs/drift.ts';

/** Data that is thrown away need not survive a crash. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // An initial schema makes all of its tables in one transaction.
  max_locks_per_transaction: '512',
} as const;

/**
 * Starts an embedded Postgres, uses it, and throws it away.
 *
 * @throws RegistryJobsError `embedded-postgres-...`; UsageError `no-embedded-postgres`
 */
export async function withThrowAwayServer<T>(use: (server: TrialServer) => Promise<T>): Promise<T> {
  // Loaded only here, since an installation that never uses it need not have it.
  const { startEmbeddedPostgres } = await import('../local/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ settings: FAST });
  try {
    const { host, port, user, password } = server;
    const settings = {
      host,
      port,
      user,
      password,
      database: 'postgres',
      tls: { mode: 'disable' },
      connectTimeoutMs: 10_000,
    } as const;
    return await use({ settings, source: 'an embedded server', mayMakeRoles: true });
  } finally {
    await server.stop();
  }
}
