import { changeLedger, type LedgerOptions } from '../engine/change.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planForce } from '../plan/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/** Records a version as applied, or forgets it (`remove`), without running its file. */
export function force(
  compiled: CompiledMigrations,
  settings: Settings,
  version: string,
  options: LedgerOptions & { readonly remove?: boolean },
): Promise<LedgerReport> {
  const { migrations } = compiled;
  const { remove = false } = options;
  return changeLedger(dialectFor(settings), 'force', settings, options, migrations, (found) =>
    planForce(migrations, version, remove, found),
  );
}
