import type { ErrorReport } from '../errors/error.ts';
import type { DeployedReport } from '../reports/deployed.ts';

/** What the function answers where the same command would fail before there is a report. */
export interface ErrorAnswer {
  readonly error: ErrorReport;
  /** Nothing was tried: what was asked for is wrong. */
  readonly isUsage?: true;
}

/** What the function answers a task. */
export interface Answered<Report> {
  readonly report: Report;
  readonly deployed: DeployedReport;
  /** How many parts of each list were left out, so that the answer is not too long; texts were cut then, too. */
  readonly leftOut?: Readonly<Record<string, number>>;
}

/** Lambda takes 6 MB of answer, and fails the call for a longer one. Some is left for what masks a secret. */
export const MOST_BYTES = 5_800_000;

/** How much is kept, from much to little: characters of each text first, then items of each list. */
const STEPS = [
  ...[20_000, 2_000, 500].map((characters) => ({ characters, items: Number.POSITIVE_INFINITY })),
  ...[10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10].map((items) => ({ characters: 500, items })),
];

/** Lists whose end says more than their beginning. */
const KEEP_THE_END: readonly string[] = ['attempts'];

/**
 * Leaves out of a report what makes the answer too long, and counts it. Of versions those that are not applied are kept before the others. Pure.
 *
 * @param most the largest JSON, in bytes
 */
export function fitAnswer<Report>(answer: Answered<Report>, most = MOST_BYTES): Answered<Report> {
  if (size(answer) <= most) return answer;
  for (const step of STEPS) {
    const leftOut: Record<string, number> = {};
    const report = cut(answer.report, '', step, leftOut) as Report;
    const fitting = { ...answer, report, leftOut };
    if (size(fitting) <= most) return fitting;
  }
  // Not reached with reports of ours: lists of ten in lists of ten.
  return { ...answer, report: { ...answer.report, problems: [], warnings: [] }, leftOut: {} };
}

function size(data: unknown): number {
  return Buffer.byteLength(JSON.stringify(data));
}

function cut(
  value: unknown,
  name: string,
  step: (typeof STEPS)[number],
  leftOut: Record<string, number>,
): unknown {
  if (typeof value === 'string')
    return value.length > step.characters ? `${value.slice(0, step.characters)}...` : value;
  if (Array.isArray(value)) {
    const kept = choose(value, name, step.items);
    if (kept.length < value.length) leftOut[name] = (leftOut[name] ?? 0) + value.length - kept.length;
    return kept.map((item) => cut(item, name, step, leftOut));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, cut(inner, key, step, leftOut)]),
  );
}

function choose(list: readonly unknown[], name: string, most: number): readonly unknown[] {
  if (list.length <= most) return list;
  if (KEEP_THE_END.includes(name)) return list.slice(-most);
  if (name !== 'entries') return list.slice(0, most);
  const isDone = (entry: unknown) => (entry as { readonly state?: string }).state === 'applied';
  const open = list.filter((entry) => !isDone(entry)).slice(0, most);
  const done = list.filter(isDone);
  const kept = new Set([...open, ...done.slice(done.length - (most - open.length))]);
  return list.filter((entry) => kept.has(entry));
}

/** Says what was left out, as a sentence; nothing where nothing was. Pure. */
export function describeLeftOut(leftOut: Readonly<Record<string, number>> | undefined): string | undefined {
  const parts = Object.entries(leftOut ?? {}).map(([name, number]) => `${number} of ${name}`);
  if (leftOut === undefined) return undefined;
  const what = parts.length > 0 ? parts.join(', ') : 'ends of long texts';
  return `The answer of a function may be 6 MB long. Left out of this one: ${what}.`;
}
