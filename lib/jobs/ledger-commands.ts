import type { RunOptions } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planAdopt } from '../plan/adopt.ts';
import { planBaseline, planForce, planRenumber, unlessHalfDone } from '../plan/ledger.ts';
import { changeLedger } from '../postgres/ledger/change-ledger.ts';
import { readLedgerSql } from '../postgres/ledger/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

/** `apply: false` only says what would be written. */
export type LedgerOptions = RunOptions & { readonly apply: boolean };

/** Records a version as applied, or forgets it (`remove`), without running its file. */
export function force(
  compiled: CompiledMigrations,
  settings: Settings,
  version: string,
  options: LedgerOptions & { readonly remove?: boolean },
): Promise<LedgerReport> {
  const { migrations } = compiled;
  const { remove = false } = options;
  return changeLedger('force', settings, options, migrations, (found) =>
    planForce(migrations, version, remove, found),
  );
}

/** Records everything up to a version as applied, without running anything. */
export function baseline(
  compiled: CompiledMigrations,
  settings: Settings,
  version: string,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  return changeLedger('baseline', settings, options, migrations, (found) =>
    planBaseline(migrations, version, found),
  );
}

/** Follows renamed files: gives their rows in the ledger the names they have now. */
export function renumber(
  compiled: CompiledMigrations,
  settings: Settings,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  return changeLedger('renumber', settings, options, migrations, (found) => planRenumber(migrations, found));
}

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
