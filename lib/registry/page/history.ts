import type { History, HistorySeries } from './report.ts';

/** Rows as read.ts selects them. */
export interface HistoryRows {
  readonly months: readonly { readonly month: string }[];
  readonly institutions: readonly { readonly id: string; readonly name: string }[];
  readonly prices: readonly { readonly option: string; readonly month: string; readonly price: number }[];
  /** Three lists of equal length, and only months in which something was stored. */
  readonly cells: readonly {
    readonly institution: string;
    readonly option: string;
    readonly months: readonly string[];
    readonly files: readonly number[];
    readonly bytes: readonly number[];
  }[];
}

/** Puts the rows on one axis of months, with zeros where there is no row. Pure. */
export function assembleHistory(rows: HistoryRows): History {
  const months = rows.months.map(({ month }) => month);
  const position = new Map(months.map((month, index) => [month, index]));
  const onAxis = (at: readonly string[], values: readonly number[]): number[] => {
    const all = months.map(() => 0);
    at.forEach((month, index) => {
      const found = position.get(month);
      if (found !== undefined) all[found] = values[index] ?? 0;
    });
    return all;
  };
  const options = [...new Set(rows.prices.map(({ option }) => option))].sort();
  return {
    months,
    institutions: rows.institutions.map(({ id, name }) => ({ id: Number(id), name })),
    storageOptions: options.map((name) => {
      const own = rows.prices.filter(({ option }) => option === name);
      return {
        name,
        prices: onAxis(
          own.map(({ month }) => month),
          own.map(({ price }) => price),
        ),
      };
    }),
    series: rows.cells.map(
      (cell): HistorySeries => ({
        institutionId: Number(cell.institution),
        storageOption: cell.option,
        files: onAxis(cell.months, cell.files),
        bytes: onAxis(cell.months, cell.bytes),
      }),
    ),
  };
}
