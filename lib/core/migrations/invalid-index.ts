import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { excerpt, locate } from '../sql/position.ts';
import type { ConcurrentIndex, Statement } from '../sql/statement.ts';
import { scriptOf, type Task } from './task.ts';

/** The name of an index as `to_regclass` wants it; without a schema it is looked up as the statement does. */
function indexName({ schema, name = '' }: ConcurrentIndex): string {
  return schema ? `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` : quoteIdentifier(name);
}

const INVALID =
  'SELECT FROM pg_catalog.pg_index WHERE NOT indisvalid AND indexrelid = pg_catalog.to_regclass($1)';

/** A build that failed leaves an index that costs every write and helps no query; IF NOT EXISTS would keep it. */
export async function dropInvalid(connection: Connection, index: ConcurrentIndex): Promise<void> {
  if (!index.name) return;
  const { rows } = await connection.send(INVALID, { values: [indexName(index)] });
  if (rows.length > 0) await connection.send(`DROP INDEX CONCURRENTLY ${indexName(index)}`);
}

/** @throws RegistryJobsError `invalid-index` */
export async function assertValid(
  connection: Connection,
  index: ConcurrentIndex,
  task: Task,
  statement: Statement,
): Promise<void> {
  if (!index.name) return;
  const { rows } = await connection.send(INVALID, { values: [indexName(index)] });
  if (rows.length === 0) return;
  const script = scriptOf(task);
  const location = locate(script.file, script.text, statement.start);
  throw new RegistryJobsError('invalid-index', `The index ${indexName(index)} was left invalid.`, {
    location,
    excerpt: excerpt(script.text, location),
    hint: 'Run: registry-jobs resume. It drops the index and builds it again.',
  });
}
