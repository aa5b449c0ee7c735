/**
 * A moment as reports have it: ISO 8601 in UTC with `Z`, with the digits of the second that Postgres gave. Text
 * without a zone is UTC, since that is what our tables hold; what is no moment (`infinity`) stays as it is. Pure.
 */
export function utc(text: string): string {
  const plain = IN_UTC.exec(text);
  if (plain) return `${plain[1]}T${plain[2]}Z`;
  const match = MOMENT.exec(text);
  if (!match) return text;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const local = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(local)) return text;
  const moment = new Date(local - offsetSeconds(zone) * 1_000);
  return `${moment.toISOString().slice(0, -'.000Z'.length)}${fraction}Z`;
}

/** One in UTC of a day that each month has: nothing has to be reckoned. Most are, and a long history has ten thousand of them. */
const IN_UTC =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]))[T ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?)Z?$/;

/** Date, time to the second, its fraction, zone: as Postgres writes them in JSON and as text. */
const MOMENT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/;

/** How far a zone such as `+05:30`, `-05` or `Z` is ahead of UTC, in seconds. */
function offsetSeconds(zone: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = (zone.match(/\d\d/g) ?? []).map(Number);
  const ahead = hours * 3_600 + minutes * 60 + seconds;
  return zone.startsWith('-') ? -ahead : ahead;
}

/** The start and end that a row knows, each as {@link utc} has it. Pure. */
export function utcTimes({ startedAt, finishedAt }: Times): Times {
  return {
    ...(startedAt !== undefined && { startedAt: utc(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: utc(finishedAt) }),
  };
}

interface Times {
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** A moment to the second, for a table: `2026-11-21T09:00:01Z`. Pure. */
export function toSecond(text: string): string {
  return utc(text).replace(/\.\d+Z$/, 'Z');
}

/** From one moment to another, in milliseconds. Text without a zone is UTC here too, whatever the zone of this machine. */
export function millisecondsBetween(from: string, to: string): number {
  return Date.parse(utc(to)) - Date.parse(utc(from));
}
