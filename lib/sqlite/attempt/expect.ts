import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { RegistryJobsError } from '../../errors/error.ts';
import type { Expectation } from '../../migrations/script/expectation.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { redact } from '../../secrets/redact.ts';

const LONGEST = 500;

/** Runs the query and compares its rows. @throws RegistryJobsError `expectation-failed`, or what SQLite says of the query */
export function checkExpectation(
  database: DatabaseSync,
  { file, text }: Script,
  { sql, rows, start }: Expectation,
): void {
  const location = locate(file, text, start);
  const place = { location, excerpt: excerpt(text, location) };
  let found: unknown[][];
  try {
    const query = database.prepare(sql);
    query.setReturnArrays(true);
    query.setReadBigInts(true);
    found = (query.all() as unknown as unknown[][]).map((row) => row.map(asJson));
  } catch (cause) {
    const message = `The expected query: ${redact(cause instanceof Error ? cause.message : String(cause))}`;
    throw new RegistryJobsError('expectation-failed', message, {
      ...place,
      hint: 'Correct the query; nothing of the file was kept.',
      cause,
    });
  }
  if (isDeepStrictEqual(found, JSON.parse(rows))) return;
  const shown = redact(asText(found)).slice(0, LONGEST);
  throw new RegistryJobsError('expectation-failed', `The query should give ${rows}, but found ${shown}.`, {
    ...place,
    hint: 'Correct the migration, or what it expects; nothing of it was kept.',
  });
}

/** Spaced as in the files. */
function asText(rows: readonly (readonly unknown[])[]): string {
  const row = (values: readonly unknown[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  return `[${rows.map(row).join(', ')}]`;
}

/** An integer that JSON cannot hold is compared as text; so are the bytes of a BLOB, as SQL writes them. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return value;
}
