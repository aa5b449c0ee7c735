import type { LedgerOptions } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planBaseline } from '../plan/ledger.ts';
import { changeLedger } from '../postgres/ledger/change-ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

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
