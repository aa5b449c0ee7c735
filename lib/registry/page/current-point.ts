import type { DepositRow, History } from './report.ts';

const GIB = 2 ** 30;

/** The beginning of a month such as `2014-01`, in ISO 8601; a moment stays what it is. Pure. */
export function beginOf(monthOrMoment: string): string {
  return monthOrMoment.length === 'YYYY-MM'.length ? `${monthOrMoment}-01T00:00:00Z` : monthOrMoment;
}

/**
 * The history with what there is now as its last point, so that chart, figures and table say the same. Months stay as
 * they were once written; what came since, or came late with an earlier date, is in the last point only.
 *
 * @param at When `rows` were counted, ISO 8601. Counted before the last month began, they are no later point: the
 * history is returned as it is, and so it is where it has no month, or nothing was counted. Pure.
 */
export function withCurrent(history: History, rows: readonly DepositRow[], at: string | undefined): History {
  const last = history.months.at(-1);
  if (rows.length === 0 || last === undefined || at === undefined) return history;
  // Not turned round: what is no moment is not later either.
  if (!(Date.parse(at) > Date.parse(beginOf(last)))) return history;
  const now = rows.flatMap((row) => {
    const { institutionId, storageOption } = row;
    return institutionId === undefined || storageOption === undefined
      ? []
      : [{ ...row, institutionId, storageOption }];
  });
  const before = history.months.map(() => 0);
  const cells = new Map(history.series.map((cell) => [keyOf(cell), cell]));
  for (const { institutionId, storageOption } of now) {
    const key = keyOf({ institutionId, storageOption });
    if (!cells.has(key)) cells.set(key, { institutionId, storageOption, files: before, bytes: before });
  }
  const counted = new Map(now.map((row) => [keyOf(row), row]));
  const names = new Map(history.institutions.map(({ id, name }) => [id, name]));
  for (const { institutionId, institution } of now) names.set(institutionId, institution);
  const prices = new Map(history.storageOptions.map((option) => [option.name, option.prices]));
  for (const { storageOption } of now) {
    if (!prices.has(storageOption)) prices.set(storageOption, before);
  }
  return {
    months: [...history.months, at],
    institutions: [...names].map(([id, name]) => ({ id, name })).sort(byName),
    storageOptions: [...prices]
      .map(([name, known]) => ({ name, prices: [...known, priceNow(name, now) ?? known.at(-1) ?? 0] }))
      .sort(byName),
    series: [...cells].map(([key, cell]) => ({
      ...cell,
      files: [...cell.files, counted.get(key)?.files ?? 0],
      bytes: [...cell.bytes, counted.get(key)?.bytes ?? 0],
    })),
  };
}

function keyOf(cell: { readonly institutionId: number; readonly storageOption: string }): string {
  return `${cell.institutionId} ${cell.storageOption}`;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name, 'en');
}

/** USD for a GiB and month, from what something costs now; the last digits, which only division made, are left out. */
function priceNow(option: string, rows: readonly DepositRow[]): number | undefined {
  const stored = rows.find(({ storageOption, bytes }) => storageOption === option && bytes > 0);
  return stored && Number((stored.monthlyCost / (stored.bytes / GIB)).toPrecision(12));
}
