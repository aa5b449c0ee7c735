import { expect, test } from 'vitest';
import { redact } from '../../lib/secrets/redact.ts';

const secret = 'p@ss/w:rd "q" \\ %';

test.each<[string, string, string[], string]>([
  ['plain', `password ${secret} was wrong`, [secret], 'password *** was wrong'],
  ['in single quotes of a shell', `createdb 'it'\\''s-a-secret'`, [`it's-a-secret`], `createdb '***'`],
  ['URL-encoded', `pw=${encodeURIComponent(secret)}&x`, [secret], 'pw=***&x'],
  ['JSON-escaped', JSON.stringify({ pw: secret }), [secret], '{"pw":"***"}'],
  ['every occurrence', 'abcd abcd xabcdx', ['abcd'], '*** *** x***x'],
  ['characters that mean something in a pattern', 'a.*b a.b', ['a.*b'], '*** a.b'],
  ['a replacement pattern in the text', 'cost $1 hunter2', ['hunter2'], 'cost $1 ***'],
  ['several secrets', 'first second', ['first', 'second'], '*** ***'],
  ['a URL whose password nobody told us', 'at postgres://me:unknown@h/d', [], 'at postgres://me:***@h/d'],
  ['postgresql:// too', 'postgresql://me:un%40known@h/d', [], 'postgresql://me:***@h/d'],
  ['two URLs', 'postgres://a:x1@h postgres://b:y2@h', [], 'postgres://a:***@h postgres://b:***@h'],
  ['the URL of our hints stays', 'as postgres://user:password@host', [], 'as postgres://user:password@host'],
  ['unless that is the password', 'postgres://me:password@h', ['password'], 'postgres://me:***@h'],
  ['a URL without a password stays', 'postgres://me@h:5432/d', [], 'postgres://me@h:5432/d'],
  ['too short to be told from words', 'abc up', ['abc', 'up', ''], 'abc up'],
  [
    'a token of IAM, whoever made it',
    'h:1/?DBUser=u&X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0f&X-Amz-SignedHeaders=host refused',
    [],
    'h:1/?DBUser=u&X-Amz-Security-Token=***&X-Amz-Signature=***&X-Amz-SignedHeaders=host refused',
  ],
  [
    'such a token, encoded',
    'X-Amz-Signature%3D0f%26X-Amz-Date%3D1',
    [],
    'X-Amz-Signature%3D***%26X-Amz-Date%3D1',
  ],
  ['nothing to hide', 'all is well', [], 'all is well'],
])('%s', (_, text, secrets, expected) => {
  expect(redact(text, [...secrets, undefined])).toBe(expected);
});
