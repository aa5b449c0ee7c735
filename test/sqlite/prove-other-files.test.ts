import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { openForScripts } from '../../lib/sqlite/prove/state.ts';
import { createSqliteBench, type SqliteBench } from '../support/sqlite-bench.ts';
import { querySqlite } from '../support/sqlite-database.ts';

const OFF = '-- registry-jobs: transaction off\n';
/** Each run of it takes a row away in another file, which a proof must not do. */
const TAKES =
  "attach 'other.db' as o;\ndelete from o.stock where n = (select min(n) from o.stock);\ndetach o;\n";
const OTHERS = { '1_a.sql': 'create table if not exists a (x int);' };

let bench: SqliteBench;
let other: string;

/** Applies the files, and counts what is in the other file from then on. */
async function applied(files: Readonly<Record<string, string>>): Promise<void> {
  bench = createSqliteBench({ ...OTHERS, ...files });
  other = path.join(bench.folder, 'other.db');
  querySqlite(other, 'create table stock (n int)');
  querySqlite(other, 'insert into stock values (1), (2), (3), (4), (5), (6), (7), (8)');
  const named = Object.fromEntries(
    Object.entries(files).map(([name, sql]) => [
      name,
      sql.replaceAll('other.db', other).replaceAll('copy.db', path.join(bench.folder, 'copy.db')),
    ]),
  );
  bench.write(named);
  expect(await bench.json('up')).toMatchObject({ code: 0 });
}

const left = () => querySqlite(other, 'select count(*) as n from stock')[0]?.n;

async function prove(...args: string[]): Promise<ProveReport & { code: number }> {
  return (await bench.json('prove', ...args)) as unknown as ProveReport & { code: number };
}

test.each([
  ['a plain file', { '2_b.sql': `${OFF}${TAKES}` }],
  ['a pair', { '2_b.up.sql': `${OFF}${TAKES}`, '2_b.down.sql': 'select 1;' }],
  ['the way back of a pair', { '2_b.up.sql': 'select 1;', '2_b.down.sql': `${OFF}${TAKES}` }],
  [
    'two pairs, which are a chain',
    {
      '2_b.up.sql': `${OFF}${TAKES}`,
      '2_b.down.sql': 'select 1;',
      '3_c.up.sql': 'create table c (x int);',
      '3_c.down.sql': `${OFF}${TAKES.replace('detach', 'drop table c;\ndetach')}`,
    },
  ],
  ['a repeatable file', { 'R_b.sql': `${OFF}${TAKES}` }],
])('a proof leaves other files as they are: %s that is applied', async (_, files) => {
  await applied(files);
  const there = left();
  const report = await prove();
  expect(left()).toBe(there);
  expect(report.status).not.toBe('proved');
  const told = report.files.filter(({ notes }) =>
    notes.some(
      ({ message }) =>
        message === 'Nothing is shown of it: it reaches other files, by ATTACH or VACUUM INTO.',
    ),
  );
  expect(told).toHaveLength(1);
  expect(Object.values(told[0]?.checks ?? {})).toContain('not-shown');
  expect(report.findings).toEqual([]);
});

test('a proof makes no file: VACUUM INTO, applied and not', async () => {
  const copy = () => path.join(bench.folder, 'copy.db');
  await applied({ '2_b.sql': `${OFF}vacuum into 'copy.db';` });
  expect(existsSync(copy())).toBe(true);
  bench.write({ '3_c.sql': `${OFF}vacuum /* all */ main into '${copy()}2';` });
  const report = await prove();
  expect(existsSync(`${copy()}2`)).toBe(false);
  expect(report).toMatchObject({ code: 1, findings: [], set: { again: 'not-shown' } });
  expect(report.files.slice(1).map(({ checks }) => checks.late)).toEqual(['not-shown', 'not-shown']);
});

test('whoever opens the copy, it takes no other file, and is vacuumed all the same', async () => {
  await applied({});
  const database = await openForScripts(new Uint8Array());
  try {
    database.exec('create table a (x); vacuum');
    for (const sql of [
      `attach '${other}' as o`,
      `attach '${other.slice(0, 3)}' || '${other.slice(3)}' as o`,
      `attach 'file:${other}?mode=ro' as o`,
      `vacuum into '${other}2'`,
    ])
      expect(() => database.exec(sql), sql).toThrow(/authoriz/);
  } finally {
    database.close();
  }
  expect(existsSync(`${other}2`)).toBe(false);
});
