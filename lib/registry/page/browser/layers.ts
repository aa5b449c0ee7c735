import type { PageHistory } from '../page-history.ts';
import type { EncodedSeries } from '../series.ts';

export type Measure = 'bytes' | 'files' | 'cost';

/** What the reader wants to see. */
export interface Choice {
  readonly measure: Measure;
  readonly split: 'option' | 'institution';
  /** The position of the only institution, or option, that counts; -1 for all. */
  readonly only: number;
}

/** One layer of the stack, the lowest first. */
export interface Layer {
  readonly name: string;
  readonly values: readonly number[];
  /** Which of the page's colours, -1 for "others"; and which of the eight patterns. Neighbours differ in their pattern. */
  readonly hue: number;
  readonly pattern: number;
}

export type LayersOf = (choice: Choice) => Layer[];

/**
 * Prepares the history for choosing layers from it. Storage options of one service share a hue, and differ in
 * their pattern: S3-OH and S3-VA. Institutions beyond the largest seven are one layer: nobody tells thirty colours apart.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function prepareLayers(
  history: PageHistory,
  decode: (series: EncodedSeries, length: number) => number[],
): LayersOf {
  const MOST_INSTITUTIONS = 7;
  /** The fifth colour is grey, which is for the rest where institutions are shown. */
  const SERVICES_ONLY = 4;
  const GIB = 2 ** 30;
  const HUES = 8;
  const PATTERNS = 8;
  const { moments, options, institutions } = history;
  const cells = history.cells.map(([institution, option, files, bytes]) => ({
    institution,
    option,
    files: decode(files, moments.length),
    bytes: decode(bytes, moments.length),
  }));
  const priceOf = (option: number, month: number) =>
    history.prices[option]?.findLast(([from]) => from <= month)?.[1] ?? 0;
  const prices = options.map((_, option) => moments.map((_, month) => priceOf(option, month) / GIB));
  const serviceOf = (option: string) => option.replace(/-[A-Z]{2}$/, '');
  const services = [...new Set(options.map(serviceOf))];

  return ({ measure, split, only }) => {
    const names = split === 'option' ? options : institutions;
    const sums = names.map(() => moments.map(() => 0));
    for (const cell of cells) {
      const [layer, other] =
        split === 'option' ? [cell.option, cell.institution] : [cell.institution, cell.option];
      const sum = sums[layer];
      if (!sum || (only >= 0 && other !== only)) continue;
      const values = measure === 'files' ? cell.files : cell.bytes;
      for (let month = 0; month < moments.length; month++) {
        const factor = measure === 'cost' ? (prices[cell.option]?.[month] ?? 0) : 1;
        sum[month] = (sum[month] ?? 0) + (values[month] ?? 0) * factor;
      }
    }
    const found = names
      .map((name, index) => ({ name, index, values: sums[index] ?? [] }))
      .filter(({ values }) => values.some((value) => value > 0));
    if (split === 'option') {
      let neighbour = -1;
      return found.map(({ name, index, values }) => {
        // An option keeps its pattern, whatever else is shown, unless the one below it has the same.
        // A ninth service has the first one's colour, and so must not have its pattern.
        const service = services.indexOf(serviceOf(name));
        const own = (index + Math.floor(service / HUES)) % PATTERNS;
        neighbour = own === neighbour ? (own + 1) % PATTERNS : own;
        return { name, values, hue: service % HUES, pattern: neighbour };
      });
    }
    const last = (values: readonly number[]) => values.at(-1) ?? 0;
    const ranked = found.sort((a, b) => last(b.values) - last(a.values));
    // A group of one would only hide a name.
    const shown = ranked.length === MOST_INSTITUTIONS + 1 ? ranked.length : MOST_INSTITUTIONS;
    const layers = ranked.slice(0, shown).map(({ name, values }, index) => ({
      name,
      values,
      hue: index < SERVICES_ONLY ? index : index + 1,
      pattern: index % PATTERNS,
    }));
    const rest = ranked.slice(shown);
    if (rest.length === 0) return layers;
    const together = moments.map((_, month) =>
      rest.reduce((sum, { values }) => sum + (values[month] ?? 0), 0),
    );
    return [
      ...layers,
      { name: `${rest.length} others`, values: together, hue: -1, pattern: shown % PATTERNS },
    ];
  };
}
