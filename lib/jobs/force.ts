import type { LedgerOptions } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planForce } from '../plan/ledger.ts';
import { changeLedger } from '../postgres/ledger/change-ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

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
