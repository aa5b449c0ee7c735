import { assertPgDump, dumpSchema } from '../postgres/dump/dump.ts';
import type { DumpReport } from '../reports/dump.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';

/** What a dump of this database needs. @throws UsageError `no-pg-dump` */
export function assertDumpTools({ database }: Settings): void {
  if (database.kind !== 'sqlite') assertPgDump();
}

export interface DumpOptions {
  /** Its tables are left out. @default that of the settings */
  readonly ledger?: LedgerName;
  /** Whether to say whose everything is. @default true */
  readonly owner?: boolean;
  /** Whether to say who may do what. @default true */
  readonly privileges?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Reads the schema of a database as SQL, in an order that stays: equal schemas are equal texts. Writes nothing, and waits for nobody for
 * more than 2 seconds.
 *
 * @throws UsageError `no-pg-dump`; RegistryJobsError `dump-failed`, `connect-...`, `sqlite-open`, `stopped`
 */
export async function dump(
  settings: Settings,
  options: DumpOptions = {},
): Promise<DumpReport & { readonly sql: string }> {
  const { database, environment } = settings;
  const { ledger = settings.ledger, ...rest } = options;
  if (database.kind === 'sqlite') {
    const { dumpFile } = await import('../sqlite/dump.ts');
    const dumped = await dumpFile(database, ledger);
    return { command: 'dump', status: 'dumped', environment, ...dumped };
  }
  const { sql, serverVersion } = await dumpSchema(database, { ...rest, ledger });
  const { host, port, address, user, database: name } = database;
  return {
    command: 'dump',
    status: 'dumped',
    environment,
    database: {
      host,
      port,
      ...(address !== undefined && { address }),
      name,
      user,
      serverVersion,
    },
    sql,
  };
}
