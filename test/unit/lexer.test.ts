import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseGrammar } from '../../lib/postgres/parser/grammar.ts';
import { createLexer } from '../../lib/postgres/parser/lexer.ts';
import { loadParser } from '../../lib/postgres/parser/parser.ts';
import { createSplitter } from '../../lib/postgres/parser/split.ts';

beforeAll(() => loadParser());

/** `kind text` of each token. */
function tokensOf(text: string): string[] {
  const lexer = createLexer(text);
  const found: string[] = [];
  for (let token = lexer.next(); token; token = lexer.next()) {
    found.push(`${token.kind} ${text.slice(token.start, token.end)}`);
  }
  return found;
}

describe('a text is read as Postgres reads it', () => {
  test.each<[string, string[]]>([
    [`E'a\\'b\\\\' 'c'''`, [`string E'a\\'b\\\\'`, `string 'c'''`]],
    [`'\\' x`, [`string '\\'`, 'word x']],
    [`E'\\\\' x`, [`string E'\\\\'`, 'word x']],
    [`U&'\\' u&"a""b" "c;"`, [`string U&'\\'`, `quoted u&"a""b"`, `quoted "c;"`]],
    ['$a$ $b$ ; $a$ x$y$z $1', ['string $a$ $b$ ; $a$', 'word x$y$z', 'parameter $1']],
    ['/* a /* b */ c */ x -- y\nz', ['block-comment /* a /* b */ c */', 'word x', 'comment -- y', 'word z']],
    ['-- x\ry', ['comment -- x', 'word y']],
    [
      '1*/* c */2 @-- d',
      ['number 1', 'symbol *', 'block-comment /* c */', 'number 2', 'symbol @', 'comment -- d'],
    ],
    ['a\u00a0b é😀', ['word a\u00a0b', 'word é😀']],
    ['select 1 \\gexec x\ny', ['word select', 'number 1', 'psql \\gexec x', 'word y']],
    [`x 'abc`, ['word x', `open 'abc`]],
    [`x "abc`, ['word x', `open "abc`]],
    ['$$ abc $x$', ['open $$ abc $x$']],
    ['/* /* */', ['open /* /* */']],
    ["date'x' n'y' b'1'", ['word date', "string 'x'", "string n'y'", "string b'1'"]],
  ])('%j', (text, expected) => {
    expect(tokensOf(text)).toEqual(expected);
  });
});

test('every file of ours is split where the grammar splits it', () => {
  const files = globSync(path.join(import.meta.dirname, '../../migrations/*.sql'));
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const ends: number[] = [];
    const splitter = createSplitter(text);
    for (let stretch = splitter.next(); stretch; stretch = splitter.next()) ends.push(stretch.end);
    const { statements } = parseGrammar(text);
    const bytes = Buffer.from(text);
    const expected = statements.map(
      ({ stmt_location = 0, stmt_len = 0 }) =>
        bytes.subarray(0, stmt_location + stmt_len).toString().length + 1,
    );
    // What stands after the last semicolon is a stretch of its own.
    expect([file, ends.slice(0, expected.length)]).toEqual([file, expected]);
    expect(text.slice(expected.at(-1)).replace(/--.*|\s/g, '')).toBe('');
  }
});
