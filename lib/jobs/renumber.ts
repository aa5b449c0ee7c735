import { changeLedger, type LedgerOptions } from '../engine/change.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planRenumber } from '../plan/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/** Follows renamed files: gives their rows in the ledger the names they have now. */
export function renumber(
  compiled: CompiledMigrations,
  settings: Settings,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  return changeLedger(dialectFor(settings), 'renumber', settings, options, migrations, (found) =>
    planRenumber(migrations, found),
  );
}
