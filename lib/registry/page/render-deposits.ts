import { type Html, html, trusted } from '../../text/html.ts';
import { distinctNames } from './page-history.ts';
import type { DepositRow } from './report.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

interface Unit {
  readonly label: string;
  readonly size: number;
}

/** One unit for the whole column, so that numbers can be compared by their length. */
function unitFor(bytes: number): Unit {
  return bytes >= 10 * TIB ? { label: 'TiB', size: TIB } : { label: 'GiB', size: GIB };
}

/** The four numbers at the top of the page. */
export function renderFigures(rows: readonly DepositRow[]): Html {
  const total = rows.find(
    ({ institutionId, storageOption }) => institutionId === undefined && !storageOption,
  );
  if (!total) return html``;
  const unit = unitFor(total.bytes);
  const figures = [
    ['Stored', `${hundredths.format(total.bytes / unit.size)} ${unit.label}`],
    ['Files', whole.format(total.files)],
    ['Objects', whole.format(total.objects)],
    ['Monthly cost', `$${hundredths.format(total.monthlyCost)}`],
  ] as const;
  return html`<dl class="figures">${figures.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

const COLUMNS = [
  ['Institution', false],
  ['Storage option', false],
  ['Files', true],
  ['Objects', true],
  ['Size', true],
  ['USD per month', true],
] as const;

/** The current statistics. The page shows one group of rows at a time, and sorts each by itself. */
export function renderDeposits(rows: readonly DepositRow[]): Html {
  if (rows.length === 0) {
    return html`<p class="empty">The statistics were never refreshed: there is nothing to show yet. <code>registry-jobs refresh</code> fills them.</p>`;
  }
  const names = distinctNames(
    rows.flatMap(({ institutionId: id, institution: name }) => (id === undefined ? [] : [{ id, name }])),
  );
  const isTotal = (row: DepositRow) => row.institutionId === undefined && row.storageOption === undefined;
  const groups = [
    ['institution', 'Institutions', rows.filter((it) => it.institutionId !== undefined && !it.storageOption)],
    ['option', 'Storage options', rows.filter((it) => it.institutionId === undefined && it.storageOption)],
    ['both', 'Both', rows.filter((it) => it.institutionId !== undefined && it.storageOption)],
  ] as const;
  const total = rows.find(isTotal);
  const unit = unitFor(total?.bytes ?? 0);
  const line = (row: DepositRow) => renderRow(row, names, unit);
  return html`
<div class="controls scripted" hidden><fieldset id="rows"><legend>Rows</legend><div class="segments">${groups.map(
    ([value, label, { length }], index) =>
      html`<label><input type="radio" name="rows" value="${value}"${index === 0 ? html` checked` : ''}> ${label} (${length})</label>`,
  )}</div></fieldset></div>
<table id="deposits" class="sortable narrow" aria-labelledby="current">
<thead><tr>${COLUMNS.map(([name, isNumber]) => {
    const label = name === 'Size' ? `Size, ${unit.label}` : name;
    const sorted = name === 'Size' ? html` aria-sort="descending"` : '';
    return html`<th scope="col"${isNumber ? html` class="number"` : ''}${sorted}><button type="button">${label}</button></th>`;
  })}</tr></thead>
${groups.map(([value, , found]) => html`<tbody data-rows="${value}">${largestFirst(found).map(line)}</tbody>\n`)}${
  total ? html`<tfoot>${line(total)}</tfoot>` : ''
}
</table>`;
}

function largestFirst(rows: readonly DepositRow[]): DepositRow[] {
  return [...rows].sort((a, b) => b.bytes - a.bytes);
}

/** A number that is too long for a quarter of a narrow screen may go on after a comma in the next line. */
function breakable(number: string): Html {
  return number.length <= '1,234,567'.length ? html`${number}` : trusted(number.replaceAll(',', ',<wbr>'));
}

/** End tags that HTML does not need are left out: there may be hundreds of rows. */
function renderRow(row: DepositRow, names: ReadonlyMap<number, string>, unit: Unit): Html {
  const name =
    row.institutionId === undefined ? 'All institutions' : (names.get(row.institutionId) ?? row.institution);
  // What is rounded for the eye is sorted by more of its digits.
  const cost = Number(row.monthlyCost.toFixed(6));
  return html`<tr><th scope=row>${name}<td>${row.storageOption ?? 'All'}<td>${breakable(whole.format(row.files))}<td>${breakable(whole.format(row.objects))}<td data-k=${row.bytes}>${breakable(hundredths.format(row.bytes / unit.size))}<td data-k=${cost}>${breakable(hundredths.format(row.monthlyCost))}\n`;
}
