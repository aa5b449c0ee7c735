import type { LedgerChange } from '../plan/ledger.ts';
import { count } from '../text/format.ts';
import { placeOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import type { DatabaseReport } from './database.ts';

/** What `force`, `baseline`, `renumber` or `adopt` would write (`planned`), or has written (`changed`). */
export interface LedgerReport {
  readonly command: 'force' | 'baseline' | 'renumber' | 'adopt';
  readonly status: 'planned' | 'changed' | 'nothing-to-do';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  readonly changes: readonly LedgerChange[];
  /** What a person should know besides, for `adopt`. */
  readonly notes?: readonly string[];
}

/** The report of a command that writes the ledger, as a person reads it. Pure. */
export function renderLedgerReport({ status, changes, notes = [], database }: LedgerReport): string {
  const place = `of ${placeOf(database)}`;
  if (status === 'nothing-to-do')
    return visible([...notes, `Nothing to change in the ledger ${place}.`].join('\n'));
  const isPlanned = status === 'planned';
  const settled = changes.filter(({ action }) => action === 'settle').length;
  const rows = changes.length - settled;
  const number = rows === 0 ? 'No row' : count(rows, 'row');
  const lines = [
    ...notes,
    ...changes.map(renderChange),
    ...(rows > 0 || settled === 0
      ? [`${number} ${isPlanned ? 'would change' : 'changed'} in the ledger ${place}.`]
      : []),
    ...(settled > 0
      ? [
          `${count(settled, 'half-done attempt')} ${isPlanned ? 'would be called' : 'is'} settled, and its version not applied, in the journal ${place}.`,
        ]
      : []),
  ];
  return visible(lines.join('\n'));
}

function renderChange({ version, action, to, file }: LedgerChange): string {
  if (action === 'forget') return `  not applied  ${version}`;
  if (action === 'settle') return `  settled      ${version}  ${file}`;
  if (action === 'record') return `  applied      ${version}  ${file}`;
  return to === version
    ? `  checksum     ${version}  ${file}`
    : `  renamed      ${version} -> ${to}  ${file}`;
}
