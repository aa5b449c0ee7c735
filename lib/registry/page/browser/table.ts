import type { BrowserDocument, BrowserElement } from './browser.ts';

/** What a cell is sorted by. */
export type SortKey = string | number;

/** Runs in the page, so it may use nothing but its parameters. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true, sensitivity: 'base' });
}

/**
 * Says what the parts of a table are. Where the screen is narrow the style sheet lays rows out as grids, and some
 * browsers then no longer take them for rows.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function keepRoles(document: BrowserDocument): void {
  const roles = [
    ['', 'table'],
    [' :is(thead, tbody, tfoot)', 'rowgroup'],
    [' tr', 'row'],
    [' thead th', 'columnheader'],
    [' :is(tbody, tfoot) th', 'rowheader'],
    [' td', 'cell'],
  ] as const;
  for (const [part, role] of roles) {
    for (const element of document.querySelectorAll(`table.narrow${part}`))
      element.setAttribute('role', role);
  }
}

/**
 * Has a table sorted by the buttons in its head. Each group of rows is sorted by itself, and `aria-sort` says by what.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function makeSortable(document: BrowserDocument, compare: typeof compareKeys): void {
  const keyOf = (row: BrowserElement, column: number, isNumeric: boolean): SortKey => {
    const cell = row.children[column];
    const text = cell?.dataset.k ?? cell?.textContent ?? '';
    return isNumeric ? Number(text.replaceAll(',', '')) : text;
  };
  const sort = (table: BrowserElement, head: BrowserElement) => {
    const heads = [...table.querySelectorAll('thead th')];
    const column = heads.indexOf(head);
    const isNumeric = head.className.includes('number');
    const before = head.getAttribute('aria-sort');
    // The largest first, or the alphabet from its beginning; the second time the other way round.
    const direction = before
      ? before === 'ascending'
        ? 'descending'
        : 'ascending'
      : isNumeric
        ? 'descending'
        : 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', direction);
    const sign = direction === 'ascending' ? 1 : -1;
    for (const group of table.querySelectorAll('tbody')) {
      const rows = [...group.children].map((row) => ({ row, key: keyOf(row, column, isNumeric) }));
      rows.sort((a, b) => sign * compare(a.key, b.key));
      group.append(...rows.map(({ row }) => row));
    }
  };
  for (const button of document.querySelectorAll('table.sortable thead button')) {
    button.addEventListener('click', () => {
      const [table, head] = [button.closest('table'), button.closest('th')];
      if (table && head) sort(table, head);
    });
  }
  const groups = [...document.querySelectorAll('#deposits tbody')];
  const deposits = document.querySelector('#deposits');
  const show = (wanted: string) => {
    // The column that would say the same in every row goes.
    if (deposits) deposits.dataset.rows = wanted;
    for (const group of groups) group.hidden = group.dataset.rows !== wanted;
  };
  const choice = document.querySelector('#rows');
  choice?.addEventListener('change', ({ target }) => show(target.value));
  if (choice) show('institution');
}
