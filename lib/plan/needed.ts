import type { Migration } from '../migrations/migration.ts';
import { isUnfinished } from './entries.ts';
import type { Known } from './known.ts';
import type { PlanOptions } from './up.ts';

/** The migrations whose statements a way up may ask for: all but those that are applied as they are now. Pure. */
export function neededUp(
  migrations: readonly Migration[],
  { ledger, unsettled = [], running, attempts = [] }: Known,
  { rerun = [] }: Pick<PlanOptions, 'rerun'>,
): readonly Migration[] {
  // Of a file that is run again it is told what those after it have replaced.
  if (rerun.length > 0) return migrations;
  const rows = new Map(ledger.map((row) => [row.version, row]));
  const open = new Set(
    [...unsettled, ...attempts, ...(running ? [running] : [])].map(({ version }) => version),
  );
  return migrations.filter(({ version, up }) => {
    const row = rows.get(version);
    return !row || row.checksum !== up.checksum || isUnfinished(row) || open.has(version);
  });
}
