import type { DatabaseSync } from 'node:sqlite';
import type { LedgerName } from '../../settings/ledger-name.ts';

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function ledgerTable({ table }: LedgerName): string {
  return `main.${quoteIdentifier(table)}`;
}

export function journalTable({ table }: LedgerName): string {
  return `main.${quoteIdentifier(journalName(table))}`;
}

/** Where it is on record which files were run last. */
export function bundlesTable({ table }: LedgerName): string {
  return `main.${quoteIdentifier(`${table}_bundles`)}`;
}

export function hasTable(database: DatabaseSync, table: string): boolean {
  const sql = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?";
  return database.prepare(sql).get(table) !== undefined;
}

function journalName(table: string): string {
  return `${table}_journal`;
}

/** The names of the tables that are ours. */
export function ownTables({ table }: LedgerName): string[] {
  return [table, journalName(table), `${table}_bundles`];
}

/** Now, in UTC, as our tables hold a time. */
export const NOW = `strftime('%Y-%m-%dT%H:%M:%f', 'now')`;
