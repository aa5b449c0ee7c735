import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { engineCase, expectRefusal, fileCase, ledgerOf, tablesOf } from '../support/cases.ts';

const SQL = 'create table a (x int);\ninsert into a values (1);\n';

engineCase('B1', async (bench) => {
  bench.write({ '1_a.sql': `\uFEFF${SQL}` });
  await bench.up();
  bench.write({ '1_a.sql': SQL });
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }]);
});

engineCase('B2', async (bench) => {
  bench.write({ '1_a.sql': SQL.replaceAll('\n', '\r\n') });
  await bench.up();
  bench.write({ '1_a.sql': SQL, '2_b.sql': 'select 1;\r\n\r\n  select nope;\r\n' });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    ...bench.dialect.refused({ message: bench.dialect.noColumn('nope'), location: { line: 3, column: 10 } }),
  });
});

const writeBytes = (folder: string, bytes: Uint8Array) =>
  writeFileSync(path.join(folder, 'migrations/1_a.sql'), bytes);

fileCase('B3', async (bench) => {
  bench.write({ '1_a.sql': '' });
  writeBytes(bench.folder, Buffer.concat([Buffer.from(`select 1;\nselect '`), Buffer.from([0xe9, 0x27])]));
  await expectRefusal(
    bench,
    {},
    {
      code: 'not-utf8',
      message: 'migrations/1_a.sql is not valid UTF-8 at byte 18.',
      at: 'migrations/1_a.sql:2:1',
      hint: 'Save the file as UTF-8 (it may be Latin-1 or Windows-1252).',
    },
  );
});

fileCase('B4', async (bench) => {
  bench.write({ '1_a.sql': '' });
  const little = Buffer.from('\uFEFFselect 1', 'utf16le');
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    writeBytes(bench.folder, bytes);
    await expectRefusal(
      bench,
      {},
      {
        code: 'not-utf8',
        message: 'migrations/1_a.sql is UTF-16; migrations are UTF-8.',
        at: 'migrations/1_a.sql:1:1',
      },
    );
  }
});

fileCase('B5', (bench) =>
  expectRefusal(
    bench,
    { '1_a.sql': `select 1;\nselect '😀\0'` },
    {
      code: 'nul-character',
      message: 'migrations/1_a.sql holds a NUL character, which no SQL can hold.',
      at: 'migrations/1_a.sql:2:10',
    },
  ),
);

engineCase('B6', async (bench) => {
  await expectRefusal(
    bench,
    { '1_a.sql': `select '😀🏛️' fom x y` },
    { code: 'syntax-error', message: bench.dialect.near('x'), at: 'migrations/1_a.sql:1:18' },
  );
  bench.write({ '1_a.sql': `-- 😀\nselect '😀', nope` });
  expect(await bench.json('up')).toMatchObject({
    ...bench.dialect.refused({
      location: { line: 2, column: 13 },
      excerpt: `2 | select '😀', nope\n  |             ^`,
    }),
  });
});

engineCase('B7', async (bench) => {
  bench.write({ '1_a.sql': SQL.trimEnd().slice(0, -1), '2_b.sql': '\n\n  select 1 ;  ' });
  expect(await bench.up()).toMatchObject({ applied: [{ statements: 2 }, { statements: 1 }] });
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }]);
});

engineCase('B8', async (bench) => {
  bench.write({ '1_a.sql': `create table a (x text); insert into a values ('${'é'.repeat(2_500_000)}')` });
  await bench.up();
  expect(await bench.query('select octet_length(x) as octet_length from a')).toEqual([
    { octet_length: 5_000_000 },
  ]);
});

engineCase('B9', async (bench) => {
  for (const text of ['', '-- later\n/* or never */']) {
    await expectRefusal(
      bench,
      { '1_a.sql': text },
      {
        code: 'empty',
        message: 'migrations/1_a.sql holds no statement.',
        hint: 'Write what it is to do. If it is to do nothing, begin it with: -- registry-jobs: empty',
      },
    );
  }
  bench.write({ '1_a.sql': '-- registry-jobs: empty', '2_b.up.sql': '' });
  expect(await bench.up()).toMatchObject({
    warnings: [
      {
        code: 'empty',
        message:
          'migrations/2_b.up.sql holds no statement; it is recorded and does nothing. If that is meant, begin it with "-- registry-jobs: empty".',
      },
    ],
    applied: [{ statements: 0 }, { statements: 0 }],
  });
  expect(await ledgerOf(bench)).toEqual(['1_a', '2']);
  expect(await tablesOf(bench)).toEqual([]);
});

fileCase('B10', async (bench) => {
  const space = 'Put an ordinary space there.';
  const unseen = 'Remove it: it cannot be seen, but Postgres takes it for a letter.';
  const quote = 'Put a straight quote there: \' around a string, " around a name.';
  const texts: [string, string, string, string, string][] = [
    [
      'select 1;\n\uFEFFselect 2;',
      'a byte-order mark (U+FEFF)',
      '\uFEFFselect',
      '2:1',
      'Remove it: it may stand only at the beginning of a file.',
    ],
    ['select 1;\n  select\u00a02;', 'a no-break space (U+00A0)', 'select\u00a02', '2:9', space],
    ['select 1;\n\u200bselect 2;', 'a zero-width space (U+200B)', '\u200bselect', '2:1', unseen],
    ["select '😀', \u201cx\u201d y z;", 'a curly quote (U+201C)', 'z', '1:13', quote],
    ['insert into t values (\u2018a b c\u2019);', 'a curly quote (U+2018)', 'b', '1:23', quote],
    [
      'select 1;\n\u2013\u2013 a comment',
      'a dash (U+2013)',
      '\u2013\u2013',
      '2:1',
      'Put a hyphen there: two of them begin a comment.',
    ],
    [
      'create table t (x int)\uff1b select 1;',
      'a full-width character (U+FF1B)',
      '\uff1b',
      '1:23',
      'Write it in ASCII.',
    ],
    ['select 1;\nselect \u00012;', 'a control character (U+0001)', '\u0001', '2:8', 'Remove it.'],
  ];
  for (const [sql, name, near, at, hint] of texts) {
    await expectRefusal(
      bench,
      { '1_a.sql': sql },
      {
        code: 'odd-character',
        message: `Here stands ${name}, and syntax error at or near "${near}".`,
        at: `migrations/1_a.sql:${at}`,
        hint,
      },
    );
  }
});

engineCase('B11', async (bench) => {
  const odd = '\u00a0\u200b\uFEFF\u2018\u201d';
  bench.write({
    '1_a.sql': `-- ${odd}\ncreate table a ("${odd}" text); /* ${odd} */ insert into a values ('${odd}')`,
  });
  await bench.up();
  expect(await bench.query('select * from a')).toEqual([{ [odd]: odd }]);
  // What is wrong with the file is not the string.
  await expectRefusal(
    bench,
    { '2_b.sql': `select '${odd}' fom x y` },
    { code: 'syntax-error', message: bench.dialect.near('x'), at: 'migrations/2_b.sql:1:20' },
  );
});
