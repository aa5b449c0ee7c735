import { RegistryJobsError } from '../errors/error.ts';
import type { TrialServer } from '../jobs/drift.ts';
import type { EmbeddedServer, OwnServer } from '../local/server.ts';
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

/**
 * For many small databases in memory that come and go. To drop a relation or a database, or to write what a copy needs, the server looks at each
 * of its own pages, and what it does not have it finds in memory as fast.
 */
const SMALL = { shared_buffers: '16MB' } as const;
/** What is in memory is there before another process could fetch it. */
const SMALL_SINCE_18 = { io_method: 'sync' } as const;

export interface ThrowAwayOptions {
  /** How many: those after the first are beside it. @default 1 */
  readonly servers?: number;
  /** Whether its data will be small enough for the memory of the machine. @default true */
  readonly isSmall?: boolean;
}

/**
 * Starts an embedded Postgres, uses it, and throws it away.
 *
 * @throws RegistryJobsError `embedded-postgres-...`; `no-room` and `connection-lost` where it could not go on; UsageError `no-embedded-postgres`
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
  const inMemory = memory !== undefined && {
    settings: { ...FAST, ...SMALL },
    settingsSince18: SMALL_SINCE_18,
    temporaryFolder: memory,
  };
  const how = { settings: FAST, ...inMemory };
  const starting = Array.from({ length: servers }, () => startEmbeddedPostgres(how));
  try {
    const [first, ...beside] = (await Promise.all(starting)).map(settingsOf);
    if (!first) throw new RangeError('no server was asked for');
    const source = servers > 1 ? `${servers} embedded servers` : 'an embedded server';
    return await use({ settings: first, source, mayMakeRoles: true, beside });
  } catch (error) {
    throw await explainLost(error, starting);
  } finally {
    await stopAll(starting);
  }
}

async function stopAll(starting: readonly Promise<OwnServer>[]): Promise<void> {
  await Promise.all((await startedOf(starting)).map((server) => server.stop()));
}

async function startedOf(starting: readonly Promise<OwnServer>[]): Promise<readonly OwnServer[]> {
  const all = await Promise.allSettled(starting);
  return all.flatMap((server) => (server.status === 'fulfilled' ? [server.value] : []));
}

/** A lost connection is all that is seen of a server that could not go on; it has said why. */
async function explainLost(error: unknown, starting: readonly Promise<OwnServer>[]): Promise<unknown> {
  if (error instanceof RegistryJobsError && !/^(connect-|connection-|no-room)/.test(error.code)) return error;
  const servers = await startedOf(starting);
  const reasons = await Promise.all(servers.map((server) => server.whyItFailed()));
  for (const [at, server] of servers.entries()) {
    const why = reasons[at];
    if (why?.endsWith('No space left on device'))
      return new RegistryJobsError(
        'no-room',
        `The server of the trials has no more room in ${server.folder}: ${why}`,
        {
          hint: 'Make room there, or name a folder with room, and run again: export TMPDIR=/path/to/folder',
          cause: error,
        },
      );
    if (why !== undefined)
      return new RegistryJobsError(
        'connection-lost',
        `The Postgres that was started on ${server.host}:${server.port} could not go on: ${why}`,
        { hint: 'Run again. Where the machine has too little memory, give it more.', cause: error },
      );
  }
  return error;
}

function settingsOf({ host, port, user, password }: EmbeddedServer): DatabaseSettings {
  return {
    ...{ host, port, user, password },
    database: 'postgres',
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
  };
}
