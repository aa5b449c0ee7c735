import { renderError } from '../errors.ts';
import { count } from '../format.ts';
import type { LedgerChange, LedgerReport, VerifyReport } from './report.ts';

/** The report of a command that writes the ledger, as a person reads it. Pure. */
export function renderLedgerReport({ status, changes, notes = [], database }: LedgerReport): string {
  const place = `the ledger of ${database.name} on ${database.host}`;
  if (status === 'nothing-to-do') return [...notes, `Nothing to change in ${place}.`].join('\n');
  const verb = status === 'planned' ? 'would change' : 'changed';
  return [
    ...notes,
    ...changes.map(renderChange),
    `${count(changes.length, 'row')} ${verb} in ${place}.`,
  ].join('\n');
}

function renderChange({ version, action, to, file }: LedgerChange): string {
  if (action === 'forget') return `  not applied  ${version}`;
  if (action === 'record') return `  applied      ${version}  ${file}`;
  return to === version
    ? `  checksum     ${version}  ${file}`
    : `  renamed      ${version} -> ${to}  ${file}`;
}

/** The report of `verify` as a person reads it. Pure. */
export function renderVerifyReport({ status, checked, problems, warnings, database }: VerifyReport): string {
  return [
    ...warnings.map(({ message }) => `Warning: ${message}`),
    ...problems.map(renderError),
    status === 'ok'
      ? `${database.name} on ${database.host} is as its ${count(checked, 'applied migration')} left it.`
      : `${count(problems.length, 'problem')} in ${database.name} on ${database.host}.`,
  ].join('\n');
}
