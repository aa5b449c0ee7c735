import { toErrorReport } from '../../errors/error.ts';
import { halfDoneProblem, isHalfDone } from '../../plan/half-done.ts';
import type {
  LedgerFacts,
  LockFacts,
  RoleFacts,
  SchemaFacts,
  TableFacts,
} from '../../reports/doctor-facts.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { BLOCKERS_OF_KEY, describeBlockers, parseBlockers } from '../catalog/blockers.ts';
import { ensureJournalSql } from '../ledger/journal.ts';
import { assertOurs, ensureLedgerSql } from '../ledger/ledger.ts';
import { type FoundDatabase, survey } from '../ledger/survey.ts';
import { migrationLockKey } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { LEDGER_SCHEMA, LOCK, OWNERS, ROLES, SCHEMAS, TABLES } from './rights-sql.ts';

export async function readRoles(connection: Connection, { schema, table }: LedgerName): Promise<RoleFacts> {
  const values = [schema, [table, `${table}_journal`, `${table}_bundles`]];
  const [role, owners] = await Promise.all([connection.send(ROLES), connection.send(OWNERS, { values })]);
  return { ...role.rows[0], owners: owners.rows } as unknown as RoleFacts;
}

export async function readSchemas(connection: Connection): Promise<SchemaFacts> {
  const { rows } = await connection.send(SCHEMAS);
  const [{ searchPath, target, schemas } = {}] = rows;
  return {
    searchPath: String(searchPath),
    ...(typeof target === 'string' && { target }),
    schemas: schemas as SchemaFacts['schemas'],
  };
}

/**
 * What this user may do with the ledger and the journal; and whether it can be read the way every command reads it, which is the one step that
 * opens a table.
 */
export async function readLedgerRights(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  mayRead: boolean,
): Promise<LedgerFacts> {
  const tables = [name.table, `${name.table}_journal`] as const;
  const [schemas, rights] = await Promise.all([
    connection.send(LEDGER_SCHEMA, { values: [name.schema] }),
    connection.send(TABLES, { values: [name.schema, tables] }),
  ]);
  const found = mayRead ? await readAsUp(connection, settings, name) : undefined;
  const read = found && 'ledger' in found ? found : undefined;
  // While a run is at work, it may be the one that it is at.
  const halfDone = read?.isLockHeld ? undefined : read?.unsettled.find(isHalfDone);
  const incomplete = read && [
    read.ledger.exists && ensureLedgerSql(name, read.ledger).length > 0,
    read.journalColumns.length > 0 && ensureJournalSql(name, read.journalColumns).length > 0,
  ];
  const factsOf = (index: 0 | 1): TableFacts => {
    const row = rights.rows.find(({ table }) => table === tables[index]);
    return {
      table: tables[index],
      exists: row !== undefined,
      missing: (row?.missing ?? []) as string[],
      owned: row?.owned === true,
      incomplete: incomplete?.[index] === true,
    };
  };
  return {
    schema: name.schema,
    schemaExists: schemas.rows.length > 0,
    mayCreate: schemas.rows[0]?.mayCreate === true,
    ...(read && { rows: read.ledger.rows.length }),
    ...(halfDone && { halfDone: halfDoneProblem(halfDone) }),
    ledger: factsOf(0),
    journal: factsOf(1),
    ...(found && 'unreadable' in found && found),
  };
}

async function readAsUp(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
): Promise<FoundDatabase | Pick<LedgerFacts, 'unreadable'>> {
  try {
    const found = await survey(connection, settings, name);
    assertOurs(name, found.ledger);
    return found;
  } catch (error) {
    return { unreadable: toErrorReport(error) };
  }
}

/** Whether this user may take the lock of the migrations, and who has it. It is not taken: a run that begins at this moment would wait. */
export async function readLock(
  connection: Connection,
  { database }: DatabaseSettings,
  name: LedgerName,
): Promise<LockFacts> {
  const key = migrationLockKey(database, name);
  const [may, holders] = await Promise.all([
    connection.send(LOCK),
    connection.send(BLOCKERS_OF_KEY, { values: [key] }),
  ]);
  const blockers = parseBlockers(holders.rows);
  return {
    mayTake: may.rows[0]?.mayTake === true,
    ...(blockers.length > 0 && { heldBy: describeBlockers(blockers) }),
  };
}
