import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
import { versionsOf } from '../migrations/migration.ts';
import type { LedgerRow } from '../plan/known.ts';
import { planFolder } from '../plan/up.ts';
import type { VerifyReport } from '../reports/verify.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

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
  const bound = { purpose: 'verify', ledger: options.ledger };
  return dialectFor(settings).withSession(settings, bound, async (session) => {
    const [{ database, known }, faults] = await Promise.all([
      session.survey({ versions: versionsOf(compiled.migrations) }),
      session.faults(),
    ]);
    const { problems, warnings } = planFolder(compiled, known);
    const all = [...problems, ...faults];
    return {
      command: 'verify',
      status: all.length > 0 ? 'problems' : 'ok',
      environment: settings.environment,
      database,
      ...countCompared(compiled.migrations, known.ledger),
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
