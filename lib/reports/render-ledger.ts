import { renderError } from '../errors/error.ts';
import { renderWarning } from '../errors/warning.ts';
import type { LedgerChange } from '../plan/ledger.ts';
import { count, listed } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import type { LedgerReport, VerifyReport } from './report.ts';

/** The report of a command that writes the ledger, as a person reads it. Pure. */
export function renderLedgerReport({ status, changes, notes = [], database }: LedgerReport): string {
  const place = `of ${database.name} on ${database.host}`;
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

/** The report of `verify` as a person reads it: what was compared, and what was not. Pure. */
export function renderVerifyReport(report: VerifyReport): string {
  const { status, problems, warnings, database } = report;
  const place = `${database.name} on ${database.host}`;
  const lines = [
    ...warnings.map(renderWarning),
    ...problems.map(renderError),
    status === 'ok'
      ? `${place}: ${compared(report)}; no invalid index, no partition half detached. The tables themselves were not compared.`
      : `${count(problems.length, 'problem')} in ${place}.`,
  ];
  return visible(lines.join('\n'));
}

function compared({ checked, notCompared, changed }: VerifyReport): string {
  const matches =
    checked === 0
      ? 'no applied file to compare'
      : `${count(checked, 'applied file')} ${checked === 1 ? 'matches' : 'match'} the ledger`;
  const pending =
    changed.length > 0
      ? `; ${listed(changed)} ${changed.length === 1 ? 'has' : 'have'} another text than was applied and ${changed.length === 1 ? 'is' : 'are'} pending`
      : '';
  if (notCompared === 0) return `${matches}${pending}`;
  const have = notCompared === 1 ? 'has no checksum in it and was' : 'have no checksum in it and were';
  return `${matches}${pending}; ${count(notCompared, 'applied version')} ${have} not compared`;
}
