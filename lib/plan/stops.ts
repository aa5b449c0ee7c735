/** After how many statements a file is stopped at the most, unless more or less is asked for. */
export const MOST_STOPS = 200;

/**
 * After how many of its statements a file is stopped for a trial. Where there are more places than may be tried, those around what takes
 * something away come first, and the rest is spread over the file. Pure.
 *
 * @param statements how many the file has; a stop after the last one is a second run, and not among these
 * @param most how many stops there may be
 * @param isHarsh whether the statement, from 0, takes something away or changes it
 */
export function chooseStops(
  statements: number,
  most: number,
  isHarsh: (index: number) => boolean,
): readonly number[] {
  const all = Array.from({ length: Math.max(0, statements - 1) }, (_, index) => index + 1);
  if (all.length <= most) return all;
  const harsh = all.filter((end) => isHarsh(end - 1) || isHarsh(end)).slice(0, most);
  const rest = all.filter((end) => !harsh.includes(end));
  const free = most - harsh.length;
  const spread = Array.from({ length: free }, (_, at) => rest[Math.floor(((at + 0.5) * rest.length) / free)]);
  return [...harsh, ...spread.filter((end) => end !== undefined)].sort((one, other) => one - other);
}

/** That not each stop was tried, in words. Pure. */
export function describeSample(tried: number, statements: number): string {
  return `It was stopped after ${tried} of its ${statements} statements: those around what takes something away, and some of the others.`;
}
