import { changeLedger, type LedgerOptions } from '../engine/change.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planBaseline } from '../plan/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/** Records everything up to a version as applied, without running anything. */
export function baseline(
  compiled: CompiledMigrations,
  settings: Settings,
  version: string,
  options: LedgerOptions,
): Promise<LedgerReport> {
  const { migrations } = compiled;
  return changeLedger(dialectFor(settings), 'baseline', settings, options, migrations, (found) =>
    planBaseline(migrations, version, found),
  );
}
