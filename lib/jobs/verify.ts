import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
import type { LedgerRow } from '../plan/known.ts';
import { planUp } from '../plan/up.ts';
import { nobodyElseBuilds } from '../postgres/catalog/indexes.ts';
import { assertOurs } from '../postgres/ledger/ledger.ts';
import { knownOf, survey } from '../postgres/ledger/survey.ts';
import { withConnection } from '../postgres/session/connection.ts';
import { quickly } from '../postgres/session/session-options.ts';
import type { VerifyReport } from '../reports/report.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';

const INVALID_INDEXES = `SELECT i.indexrelid::pg_catalog.regclass::text AS index, i.indrelid::pg_catalog.regclass::text AS table
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_' AND ${nobodyElseBuilds('i.indrelid')} ORDER BY 1`;

/**
 * Looks for what should not be: files that differ from what was applied, versions without a file, work that
 * stopped half way, invalid indexes. It does not look at the tables themselves. Neither writes nor waits.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function verify(
  compiled: CompiledMigrations,
  settings: Settings,
  options: { readonly ledger?: LedgerName } = {},
): Promise<VerifyReport> {
  const ledger = options.ledger ?? settings.ledger;
  return withConnection(settings.database, quickly('registry-jobs verify'), async (connection) => {
    const [found, invalid] = await Promise.all([
      survey(connection, settings.database, ledger),
      connection.send(INVALID_INDEXES),
    ]);
    assertOurs(ledger, found.ledger);
    const { problems, warnings } = planUp(compiled.migrations, knownOf(found));
    const all = [
      ...problems,
      ...invalid.rows.map(({ index, table }) => invalidIndex(String(index), String(table))),
    ];
    return {
      command: 'verify',
      status: all.length > 0 ? 'problems' : 'ok',
      environment: settings.environment,
      database: found.database,
      ...countCompared(compiled.migrations, found.ledger.rows),
      problems: all,
      warnings,
    };
  });
}

/** An initial schema is a picture of a moment: it may have changed since, and is never compared. */
function countCompared(migrations: readonly Migration[], rows: readonly LedgerRow[]) {
  const files = new Set(migrations.filter(({ style }) => style !== 'initial').map(({ version }) => version));
  const applied = rows.filter(({ version }) => files.has(version));
  const checked = applied.filter(({ checksum }) => checksum !== undefined).length;
  return { checked, notCompared: applied.length - checked };
}

function invalidIndex(index: string, table: string): ErrorReport {
  const error = new RegistryJobsError(
    'invalid-index',
    `The index ${index} on ${table} is invalid: a concurrent build of it failed.`,
    {
      hint: `Drop it and build it again: DROP INDEX CONCURRENTLY ${index}`,
    },
  );
  return toErrorReport(error);
}
