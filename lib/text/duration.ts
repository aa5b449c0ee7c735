const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/**
 * Reads a duration as Postgres writes them: `500ms`, `2s`, `10min`, `1h`. A unit is required, so that nobody
 * has to know whether 30 means seconds.
 *
 * @returns milliseconds
 * @throws Error whose message completes "NAME: ..."
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/.exec(text.trim());
  const unit = MILLISECONDS[match?.[2] ?? ''];
  if (!match || unit === undefined)
    throw new Error(`"${text}" is not a duration such as 500ms, 2s, 10min or 1h`);
  return Math.round(Number(match[1]) * unit);
}
