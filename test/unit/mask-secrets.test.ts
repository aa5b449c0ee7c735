import { describe, expect, test } from 'vitest';
import { excerpt } from '../../lib/migrations/script/position.ts';
import { maskSecrets } from '../../lib/secrets/mask-secrets.ts';

describe('a secret in SQL is masked', () => {
  test.each<[string, string, string]>([
    ['a literal', `create role r password 'secret' login`, `create role r password '******' login`],
    [
      'ENCRYPTED PASSWORD',
      `alter user u ENCRYPTED PASSWORD 'secret';`,
      `alter user u ENCRYPTED PASSWORD '******';`,
    ],
    ['without a blank', `alter role r password'secret'`, `alter role r password'******'`],
    ['a doubled quote', `password 'se''cret' x`, `password '********' x`],
    [
      'a statement in a literal',
      `execute 'alter role r password ''secret'''; return 1;`,
      `execute 'alter role r password ''******'''; return 1;`,
    ],
    ['on the next line', `password\n\n  'secret'\nlogin`, `password\n\n  '******'\nlogin`],
    ['after comments', `password -- 'no'\n/* why */ 'secret'`, `password -- 'no'\n/* why */ '******'`],
    ['on several lines', `password 'sec\nret' x`, `password '***\n***' x`],
    ['continued on the next line', `password 'sec'\n  'ret' x`, `password '***'\n  '***' x`],
    ['continued after a comment', `password 'sec' -- more\n  'ret' x`, `password '***' -- more\n  '***' x`],
    ['an escape string', String.raw`password E'a\'secret\\' x`, `password E'***********' x`],
    ['a unicode string', String.raw`password U&'\0061bc' x`, `password U&'*******' x`],
    ['in dollars', 'password $$sec$ret$$ x', 'password $$*******$$ x'],
    ['in tagged dollars', 'password $tag$sec$$ret$tag$ x', 'password $tag$********$tag$ x'],
    ['cut off', `create role r password 'sec`, `create role r password '***`],
    ['cut off in dollars', `create role r password $a$sec $a`, `create role r password $a$******`],
    ['cut off, its lines joined', `create role r password -- new 'sec`, `create role r password -- new '***`],
    ['emojis', `password '😀é' x`, `password '**' x`],
    ['options', `OPTIONS (user 'bob', password 'secret')`, `OPTIONS (user 'bob', password '******')`],
    ['options, quoted', `OPTIONS (SET "password" 'secret')`, `OPTIONS (SET "password" '******')`],
    [
      'a column',
      `update u set password = 'secret' where id = 1`,
      `update u set password = '******' where id = 1`,
    ],
    ['in a call', `set db_password = crypt('secret', x)`, `set db_password = crypt('******', x)`],
    [
      'a variable',
      `v_password text := 'x'; v_password := 'secret';`,
      `v_password text := '*'; v_password := '******';`,
    ],
    ['a setting', `set app.password to 'secret'`, `set app.password to '******'`],
    [
      'set_config',
      `set_config('app.password', 'secret', true)`,
      `set_config('app.password', '******', true)`,
    ],
    ['a named argument', `f(password => 'secret')`, `f(password => '******')`],
    [
      'a key of S3',
      `options (aws_secret_access_key 'secret', region 'r')`,
      `options (aws_secret_access_key '******', region 'r')`,
    ],
  ])('%s', (_, text, expected) => {
    expect(maskSecrets(text)).toBe(expected);
  });
});

describe('a secret in a connection string is masked', () => {
  test.each<[string, string, string]>([
    ['bare', `host=h password=secret dbname=d`, `host=h password=****** dbname=d`],
    ['with blanks', `host = h password = secret dbname = d`, `host = h password = ****** dbname = d`],
    ['in a literal', `connection 'host=h password=secret'`, `connection 'host=h password=******'`],
    ['in quotes', `password='a b\\'c' dbname=d`, `password='******' dbname=d`],
    [
      'in quotes in a literal',
      `dblink_connect('host=h password=''a b'' dbname=d')`,
      `dblink_connect('host=h password=''***'' dbname=d')`,
    ],
    [
      'in quotes in an escape string',
      String.raw`dblink_connect(E'host=h password=\'a b\' dbname=d')`,
      String.raw`dblink_connect(E'host=h password=\'***\' dbname=d')`,
    ],
    ['a doubled quote in it', `'password=a''b dbname=d'`, `'password=**** dbname=d'`],
    ['a backslash in it', `password=a\\ b dbname=d`, `password=**** dbname=d`],
    ['cut off', `connection 'host=h password=sec`, `connection 'host=h password=***`],
    ['cut off, in quotes', `password='sec ret`, `password='*******`],
    [
      'in a message',
      `NOTICE: conninfo: password=secret, and more`,
      `NOTICE: conninfo: password=******* and more`,
    ],
    ['a variable', `PGPASSWORD=secret psql`, `PGPASSWORD=****** psql`],
    ['sslpassword', `sslpassword=secret x`, `sslpassword=****** x`],
    ['JSON', `{"password":"sec\\"ret","a":1}`, `{"password":"********","a":1}`],
    ['JSON in JSON', `"{\\"password\\": \\"secret\\"}"`, `"{\\"password\\": \\"******\\"}"`],
  ])('%s', (_, text, expected) => {
    expect(maskSecrets(text)).toBe(expected);
  });
});

test.each([
  'password authentication failed for user "bob"',
  'Correct the user or the password.',
  `create table u (password text, name text default 'x')`,
  `comment on column u.password is 'the hash'`,
  `set password_encryption = 'scram-sha-256'`,
  `select password from u where name = 'x'`,
  'alter role r password null',
  'db/password: it is "x", and wants to be another',
  `select current_setting('app.password'), 'x'`,
  'raise notice $$password=%$$',
  `create role r valid until '2030-01-01'`,
])('nothing is masked in: %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test('what is masked already stays as it is, also where it was cut', () => {
  const texts = [
    `2 | create role r password '***\n  |                 ^\nWhat to do: don't`,
    `pid 1 (a): create role r password '****; pid 2 (b): select 'x'`,
    `create role r password '***...\nselect 'x'`,
    `create role r password '...\nselect 'x'`,
    `host=h password=*** dbname=d`,
    '1 | create role r password $$****\n  |   ^\nand $$',
    '{"excerpt":"1 | create role r password $a$****\\n  |   ^","hint":"$a$"}',
    `{"password":"***","b":"x"}`,
    `It's pid 1: create role r password '****. Let's wait`,
  ];
  for (const text of texts) expect(maskSecrets(text)).toBe(text);
});

test('no text takes longer than its length', () => {
  const pieces = [
    'password ',
    "password '",
    "password ''",
    'password $a$',
    'password /* ',
    'password -- ',
    '-- password\n',
    "password='",
    'password=',
    "password=''a",
    'password=\\"',
    '"password": "',
    'password = crypt(',
    'password = a.a.a.a.',
    'x',
    "''''",
    'password \\n',
    'password -- \n',
  ];
  for (const piece of pieces) {
    // With the square of the length it would be minutes.
    const text = piece.repeat(Math.ceil(500_000 / piece.length));
    const start = process.cpuUsage();
    maskSecrets(text);
    const { user, system } = process.cpuUsage(start);
    expect([piece, user + system < 3_000_000]).toEqual([piece, true]);
  }
  const long = `create role r password '${"x''\n".repeat(1_250_000)}' login`;
  expect(maskSecrets(long)).toBe(`create role r password '${'***\n'.repeat(1_250_000)}' login`);
});

describe('an excerpt shows no secret', () => {
  test.each<[string, string, string]>([
    ['on its own line', `create role r password\n  'secret' lgin`, `2 |   '******' lgin\n  |            ^`],
    ['in the middle of a literal', `create role r password 'se\ncret' lgin`, `2 | ****' lgin\n  |       ^`],
    [
      'in dollars',
      'create role r password $$secret$$ lgin',
      `1 | create role r password $$******$$ lgin\n  |                                   ^`,
    ],
    [
      'with an emoji',
      `create role r password '😀' lgin`,
      `1 | create role r password '*' lgin\n  |                            ^`,
    ],
  ])('%s', (_, text, expected) => {
    const line = text.split('\n').findIndex((one) => one.includes('lgin'));
    const before = (text.split('\n')[line] ?? '').split('lgin')[0] ?? '';
    expect(excerpt(text, { file: 'f', line: line + 1, column: [...before].length + 1 })).toBe(expected);
  });
});
