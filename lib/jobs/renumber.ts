import type { LedgerOptions } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planRenumber } from '../plan/ledger.ts';
import { changeLedger } from '../postgres/ledger/change-ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

/** Follows renamed files: gives their rows in the ledger the names they have now. */
export function renumber(
  compiled: CompiledMigrations,
  settings: Settings,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  return changeLedger('renumber', settings, options, migrations, (found) => planRenumber(migrations, found));
}
