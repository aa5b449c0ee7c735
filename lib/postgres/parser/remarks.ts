import type { Remark } from '../../migrations/script/directives.ts';
import { createLexer } from './lexer.ts';

/** The comments of a text, each with what stands between them, as Postgres finds them. */
export function* remarks(sql: string): Generator<Remark> {
  const lexer = createLexer(sql);
  for (let token = lexer.next(); token; token = lexer.next()) {
    const { kind, start, end } = token;
    const isComment = kind === 'comment' || kind === 'block-comment';
    yield { start, text: isComment ? sql.slice(start, end) : '', isComment };
  }
}
