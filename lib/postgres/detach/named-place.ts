import { namesPlaceOf } from '../explain/sqlstates.ts';
import { createLexer } from '../parser/lexer.ts';

/** What a message names that a statement has written: the last one is where a value stands. */
const NAMED: readonly RegExp[] = [
  /^(?:column|function|table|type|operator class|aggregate|procedure) ([\w$.]+)(?:\(.*\))? (?:does not exist|is not unique)/,
  /^there is no parameter (\$\d+)$/,
  /^invalid input (?:syntax|value)[^:]*: "(.*)"$/s,
  /"((?:[^"]|"")+)"/,
];

/**
 * Where in a statement stands what a message of the server names, in code points from 1 as the server counts them. Nothing where it does not
 * stand there, or more than once: a block in the server is not told the place of an error. Pure.
 *
 * @param context the server's, which is empty for an error of the statement itself
 */
export function placeByName(
  sql: string,
  { sqlstate, message, context }: { sqlstate: string; message: string; context?: string | undefined },
): number | undefined {
  const what = namesPlaceOf(sqlstate);
  if (!what || context) return undefined;
  const named = NAMED.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  if (named === undefined) return undefined;
  const isValue = what === 'value';
  const name = isValue ? named : (named.split('.').at(-1) ?? named);
  const found: number[] = [];
  const lexer = createLexer(sql);
  for (let token = lexer.next(); token; token = lexer.next()) {
    const { kind, start, end } = token;
    const text = sql.slice(start, end);
    const isIt = isValue
      ? kind === 'string' && text.includes(`'${name.replaceAll("'", "''")}'`)
      : (kind === 'parameter' && text === name) ||
        (kind === 'word' && text.toLowerCase() === name) ||
        (kind === 'quoted' && text === `"${name.replaceAll('"', '""')}"`);
    if (isIt) found.push(start);
  }
  const [only, ...more] = found;
  return only === undefined || more.length > 0 ? undefined : [...sql.slice(0, only)].length + 1;
}
