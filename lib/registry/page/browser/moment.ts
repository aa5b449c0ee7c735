/**
 * A moment as every part of the page shows it, with its zone: `2026-03-01 14:05:09 UTC`. `iso` is ISO 8601 in UTC, as
 * all times of the report are; what is no moment (`infinity`) stays as it is.
 *
 * Runs in the page too, so it may use nothing but its parameters.
 */
export function formatMoment(iso: string): string {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(iso) ?? [];
  return date && time ? `${date} ${time} UTC` : iso;
}

/**
 * The marks of an axis, all to the same part of a date: years, months or days. A mark within a day has no text, nor has an empty one.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function formatAxis(isoMoments: readonly string[]): string[] {
  const days = isoMoments.map((iso) => (iso.slice(11, 19) === '00:00:00' ? iso.slice(0, 10) : ''));
  const all = (end: string) => days.every((day) => day === '' || day.endsWith(end));
  const length = all('-01-01') ? 'YYYY'.length : all('-01') ? 'YYYY-MM'.length : 'YYYY-MM-DD'.length;
  return days.map((day) => day.slice(0, length));
}
