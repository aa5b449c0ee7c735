import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
import type { LedgerRow } from '../plan/known.ts';
import { planUp } from '../plan/up.ts';
import { findFaults } from '../postgres/catalog/faults.ts';
import { assertOurs } from '../postgres/ledger/ledger.ts';
import { knownOf, survey } from '../postgres/ledger/survey.ts';
import { withConnection } from '../postgres/session/connection.ts';
import { quickly } from '../postgres/session/session-options.ts';
import type { VerifyReport } from '../reports/report.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Looks for what should not be: files that differ from what was applied, versions without a file, work that
 * stopped half way, and what interrupted statements left in the catalog. It does not look at the tables themselves. Neither writes nor waits.
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
    const [found, faults] = await Promise.all([
      survey(connection, settings.database, ledger),
      findFaults(connection),
    ]);
    assertOurs(ledger, found.ledger);
    const { problems, warnings } = planUp(compiled.migrations, knownOf(found));
    const all = [...problems, ...faults];
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

/**
 * An initial schema is a picture of a moment: it may have changed since, and is never compared. A repeatable file with another text is
 * not what was applied: it is pending.
 */
function countCompared(migrations: readonly Migration[], rows: readonly LedgerRow[]) {
  const files = new Map(
    migrations.filter(({ style }) => style !== 'initial').map(({ version, up }) => [version, up.checksum]),
  );
  const applied = rows.filter(({ version }) => files.has(version));
  const comparable = applied.filter(({ checksum }) => checksum !== undefined);
  const checked = comparable.filter(({ version, checksum }) => files.get(version) === checksum).length;
  const pending = migrations.filter(
    ({ version, style, up }) =>
      style === 'repeatable' &&
      comparable.some((row) => row.version === version && row.checksum !== up.checksum),
  );
  return {
    checked,
    notCompared: applied.length - comparable.length,
    changed: pending.map(({ version }) => version),
  };
}
