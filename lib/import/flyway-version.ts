/** A version of Flyway as one text: `001`, `1` and `1.0` are the same to it. */
export function canonical(version: string): string {
  const parts = version.split(/[._]/).map((part) => BigInt(part));
  while (parts.length > 1 && parts.at(-1) === 0n) parts.pop();
  return parts.join('.');
}

/** In the order in which Flyway applies them: 1 comes before 1.1, and 1.9 before 1.10. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => canonical(version).split('.').map(BigInt));
  for (let at = 0; at < Math.max(a?.length ?? 0, b?.length ?? 0); at++) {
    const [x, y] = [a?.[at] ?? 0n, b?.[at] ?? 0n];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/**
 * Makes a function that gives each version of a folder a number, in the same order. Where no version has parts, that is the version as it is
 * written; else every part but the first gets as many digits as the longest at its place, two at least: 1, 1.1 and 1.10 are 100, 101 and 110.
 */
export function numberVersions(versions: readonly string[]): (version: string) => string {
  const split = versions.map((version) => canonical(version).split('.'));
  const places = Math.max(1, ...split.map((parts) => parts.length));
  if (places === 1) return (version) => version.replace(/[._].*$/, '');
  const widths = Array.from({ length: places }, (_, place) =>
    Math.max(2, ...split.map((parts) => parts[place]?.length ?? 0)),
  );
  return (version) => {
    const [first = '', ...others] = canonical(version).split('.');
    const rest = widths.slice(1).map((width, index) => (others[index] ?? '').padStart(width, '0'));
    return [first, ...rest].join('');
  };
}
