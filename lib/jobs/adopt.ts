import type { LedgerOptions } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planAdopt } from '../plan/adopt.ts';
import { unlessHalfDone } from '../plan/ledger.ts';
import { changeLedger } from '../postgres/ledger/change-ledger.ts';
import { readLedgerSql } from '../postgres/ledger/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Takes over from another tool: Rails, dbmate, golang-migrate or Flyway. What that tool calls applied is recorded
 * as applied here; its own table is kept.
 */
export function adopt(
  compiled: CompiledMigrations,
  settings: Settings,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  const name = options.ledger ?? settings.ledger;
  const rowsOf = (rows: readonly Record<string, unknown>[] = []) =>
    rows.map(({ row }) => row as Record<string, unknown>);
  const { rows, shape } = readLedgerSql(name);
  return changeLedger(
    'adopt',
    settings,
    options,
    migrations,
    (found, [ledger, flyway, columns = []]) =>
      unlessHalfDone(
        planAdopt(migrations, name, found, {
          ledger: rowsOf(ledger),
          flyway: rowsOf(flyway),
          columns: new Map(columns.map(({ name: column, type }) => [String(column), String(type)])),
        }),
        found,
      ),
    [
      `SELECT row || pg_catalog.jsonb_build_object('version', row ->> 'version') AS row FROM (${rows}) found`,
      'SELECT pg_catalog.to_jsonb(f) AS row FROM flyway_schema_history f ORDER BY f.installed_rank',
      shape,
    ],
  );
}
