import type { History } from './report.ts';
import { type EncodedSeries, encodeSeries } from './series.ts';

/** The history as the page carries it: names once, everything else by their positions. */
export interface PageHistory {
  /** When there was so much: the beginnings of months as `2014-01`; the last may be a whole moment, in ISO 8601. */
  readonly moments: readonly string[];
  readonly institutions: readonly string[];
  readonly options: readonly string[];
  /** For each option: from which month on it has had which price. */
  readonly prices: readonly (readonly (readonly [month: number, price: number])[])[];
  readonly cells: readonly (readonly [
    institution: number,
    option: number,
    files: EncodedSeries,
    bytes: EncodedSeries,
  ])[];
}

export function pageHistory({ months, institutions, storageOptions, series }: History): PageHistory {
  const names = distinctNames(institutions);
  const institutionAt = new Map(institutions.map(({ id }, index) => [id, index]));
  const optionAt = new Map(storageOptions.map(({ name }, index) => [name, index]));
  return {
    moments: months,
    institutions: institutions.map(({ id }) => names.get(id) ?? ''),
    options: storageOptions.map(({ name }) => name),
    prices: storageOptions.map(({ prices }) =>
      prices.flatMap((price, month) => (price === prices[month - 1] ? [] : [[month, price] as const])),
    ),
    cells: series.flatMap(({ institutionId, storageOption, files, bytes }) => {
      const institution = institutionAt.get(institutionId);
      const option = optionAt.get(storageOption);
      if (institution === undefined || option === undefined) return [];
      return [[institution, option, encodeSeries(files), encodeSeries(bytes)] as const];
    }),
  };
}

/** Institutions are told apart by id; a name that two of them have gets it appended. */
export function distinctNames(
  institutions: readonly { readonly id: number; readonly name: string }[],
): Map<number, string> {
  const nameOf = new Map(institutions.map(({ id, name }) => [id, name]));
  const uses = new Map<string, number>();
  for (const name of nameOf.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
  return new Map([...nameOf].map(([id, name]) => [id, uses.get(name) === 1 ? name : `${name} (id ${id})`]));
}
