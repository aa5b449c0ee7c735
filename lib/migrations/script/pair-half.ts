/** What a half of a pair ends in: golang-migrate takes any ending, so the database may stand in it. */
const HALF = String.raw`\.(up|down)(?:\.(?:pg|pgx|postgres|postgresql))?\.(?:sql|SQL|pgsql|psql)`;

/** The name of a half of a pair: number, title, direction. A pair is known by its number, so its title may be anything that can be printed. */
export const PAIR_HALF = new RegExp(String.raw`^(\d+)_([^\p{Cc}]*)${HALF}$`, 'u');

/** Whether a file is by its name a half of a pair. */
export function isPairHalf(file: string): boolean {
  return PAIR_HALF.test(file.slice(file.lastIndexOf('/') + 1));
}
