const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size as a person reads it, in units of 1024 as Postgres counts: `8 kB`, `1.2 GB`. Pure. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_023.5 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[unit]}`;
}

/**
 * Reads a size: `64MB`, `1.5 GB`, a number alone is bytes, `all` is Infinity. Pure.
 *
 * @throws Error that says what a size is
 */
export function parseBytes(text: string): number {
  if (text === 'all') return Infinity;
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB)?$/i.exec(text.trim()) ?? [];
  if (number === undefined) throw new Error('not a size, such as 64MB, 2GB or all');
  const power = UNITS.findIndex((one) => one.toLowerCase() === (unit ?? 'B').toLowerCase());
  return Math.round(Number(number) * 1_024 ** power);
}
