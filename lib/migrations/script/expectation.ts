import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';

/** A query and the rows that it must give before the migration is committed. */
export interface Expectation {
  readonly sql: string;
  /** JSON: an array of rows, each an array of values. */
  readonly rows: string;
  /** Where its comment begins, as a UTF-16 offset. */
  readonly start: number;
}

export type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** @throws RegistryJobsError `bad-expectation` */
export function parseExpectation(text: string, start: number, refuse: Refuse): Expectation {
  const hint =
    'Write it on one line: -- expect: select count(*) from t => 3, or => [["a", 1], ["b", 2]] for rows.';
  const body = text.replace(/^--\s*expect\s*:\s*/i, '');
  // Both sides may hold an arrow of their own: the right one is where JSON begins.
  const arrows = [...body.matchAll(/=>/g)].map(({ index }) => index);
  if (arrows.length === 0) {
    throw refuse(start, 'bad-expectation', 'An expectation is a query, => and what it gives.', hint);
  }
  for (const arrow of arrows) {
    const value = parseJson(body.slice(arrow + 2));
    if (value === undefined) continue;
    // A single value stands for one row of one column.
    const rows = JSON.stringify(Array.isArray(value) ? value : [[value]]);
    return { sql: body.slice(0, arrow).trim().replace(/;$/, ''), rows, start };
  }
  throw refuse(
    start,
    'bad-expectation',
    `What is expected is not JSON: ${body.slice(arrows[0]).slice(2).trim()}`,
    hint,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
