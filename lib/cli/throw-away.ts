import type { TrialServer } from '../jobs/drift.ts';
import type { EmbeddedServer } from '../local/server.ts';
import type { DatabaseSettings } from '../settings/settings.ts';

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

export interface ThrowAwayOptions {
  /** How many: those after the first are beside it. @default 1 */
  readonly servers?: number;
  /** Whether its data will be small enough for the memory of the machine. @default true */
  readonly isSmall?: boolean;
}

/**
 * Starts an embedded Postgres, uses it, and throws it away.
 *
 * @throws RegistryJobsError `embedded-postgres-...`; UsageError `no-embedded-postgres`
 */
export async function withThrowAwayServer<T>(
  use: (server: TrialServer) => Promise<T>,
  { servers = 1, isSmall = true }: ThrowAwayOptions = {},
): Promise<T> {
  // Loaded only here, since an installation that never uses it need not have it.
  const [{ startEmbeddedPostgres }, { folderInMemory }] = await Promise.all([
    import('../local/embedded-postgres.ts'),
    import('../local/memory.ts'),
  ]);
  const memory = isSmall ? folderInMemory() : undefined;
  const how = { settings: FAST, ...(memory && { temporaryFolder: memory }) };
  const starting = Array.from({ length: servers }, () => startEmbeddedPostgres(how));
  try {
    const [first, ...beside] = (await Promise.all(starting)).map(settingsOf);
    if (!first) throw new RangeError('no server was asked for');
    const source = servers > 1 ? `${servers} embedded servers` : 'an embedded server';
    return await use({ settings: first, source, mayMakeRoles: true, beside });
  } finally {
    const started = await Promise.allSettled(starting);
    await Promise.all(
      started.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)),
    );
  }
}

function settingsOf({ host, port, user, password }: EmbeddedServer): DatabaseSettings {
  return {
    ...{ host, port, user, password },
    database: 'postgres',
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
  };
}
