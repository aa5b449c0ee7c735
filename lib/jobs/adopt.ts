import { changeLedger, type LedgerOptions } from '../engine/change.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planAdopt } from '../plan/adopt.ts';
import { unlessHalfDone } from '../plan/ledger.ts';
import type { LedgerReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

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
  return changeLedger(dialectFor(settings), 'adopt', settings, options, migrations, async (known, session) =>
    unlessHalfDone(planAdopt(migrations, name, known, await session.foreignRows()), known),
  );
}
