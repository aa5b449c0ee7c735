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

function journalName(table: string): string {
  return `${table}_journal`;
}

/** The names of the tables that are ours. */
export function ownTables({ table }: LedgerName): string[] {
  return [table, journalName(table)];
}

/** Now, in UTC, as our tables hold a time. */
export const NOW = `strftime('%Y-%m-%dT%H:%M:%f', 'now')`;
