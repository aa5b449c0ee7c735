import { locate } from '../../migrations/script/position.ts';
import { type Script, statementText } from '../../migrations/script/statement.ts';
import type { LintFinding } from '../../reports/lint.ts';
import { tokensOf, wordOf } from '../parser/lexer.ts';
import { parseScript } from '../parser/parse.ts';

/**
 * Parses a file for SQLite, and says of a plain one what keeps it from running twice, as far as its statements tell.
 *
 * @param found is given each finding
 * @throws RegistryJobsError as {@link parseScript}
 */
export async function lintScript(
  file: string,
  text: string,
  { isPlain }: { readonly isPlain: boolean },
  found: (finding: LintFinding) => void,
): Promise<Script> {
  const script = await parseScript(file, text);
  if (!isPlain) return script;
  for (const statement of script.statements) {
    const why = whyNotAgain(statementText(script, statement));
    if (why === undefined) continue;
    found({
      level: 'warning',
      code: 'not-idempotent',
      message: `Run twice, ${why}`,
      hint: 'Write it so that running it twice does no harm, or as a pair: VERSION_title.up.sql and .down.sql',
      location: locate(file, text, statement.start),
    });
  }
  return script;
}

function whyNotAgain(sql: string): string | undefined {
  const words = [...tokensOf(sql)].slice(0, 12).map((token) => wordOf(sql, token));
  const has = (word: string) => words.includes(word);
  switch (words[0]) {
    case 'create':
      return has('exists') ? undefined : 'it fails: what it makes is there already. Say IF NOT EXISTS.';
    case 'drop':
      return has('exists') ? undefined : 'it fails: what it drops is gone already. Say IF EXISTS.';
    case 'alter':
      return 'it fails: the table is altered already, and SQLite has no IF EXISTS here.';
    case 'insert':
      return words[1] === 'or' || /\b(?:on\s+conflict|where\s+not\s+exists|not\s+in)\b/i.test(sql)
        ? undefined
        : 'it inserts its rows twice, or fails. Say INSERT OR IGNORE, ON CONFLICT, or WHERE NOT EXISTS.';
    default:
      return undefined;
  }
}
