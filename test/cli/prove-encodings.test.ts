import { expect, inject, onTestFinished, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { queryOnce } from '../support/database.ts';

const server = inject('serverUrl');

/** A database with an encoding or a collation of its own, and a table in it whose rows and comment are no UTF-8 where `bytes` are none. */
async function create(options: string, bytes: string): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await queryOnce(
    server,
    `create database ${name} template template0 lc_collate 'C' lc_ctype 'C' ${options}`,
  );
  onTestFinished(async () => {
    await queryOnce(server, `drop database ${name} with (force)`);
  });
  const url = new URL(server);
  url.pathname = name;
  await queryOnce(
    url.href,
    `create table legacy (s text); insert into legacy values (${bytes}); comment on table legacy is ${bytes}`,
  );
  return url.href;
}

/* Each of what follows is another byte, and none of the two is UTF-8 by itself. */
const says = (hex: string) =>
  `do $$ begin execute format('comment on table legacy is %L', convert_from('\\x${hex}', 'SQL_ASCII')); end $$;`;
const FILES = { 'migrations/001_acute.sql': says('636166e9'), 'migrations/002_grave.sql': says('636166e8') };

test('prove --on takes a database whose texts have no encoding, and tells its bytes apart', async () => {
  const on = await create("encoding 'SQL_ASCII'", "E'M\\374ller \\\\ \\303\\274'");
  const folder = createProject(FILES);
  const { code, stdout, stderr } = await cliInProcess(['prove', '--on', on, '--yes', '--json'], { folder });
  expect(stderr).not.toContain('invalid byte sequence');
  expect(code, stdout).toBe(1);
  const { files } = JSON.parse(stdout) as ProveReport;
  expect(files.map(({ checks }) => [checks.once, checks.twice, checks.late])).toEqual([
    ['ok', 'ok', 'failed'],
    ['ok', 'ok', 'ok'],
  ]);
  const [found] = files.flatMap(({ findings }) => findings);
  expect(found?.code).toBe('overwrites-successor');
  expect(found?.differences[0]?.before).not.toBe(found?.differences[0]?.after);
});

test.each([
  ["encoding 'LATIN1'", "'Müller'"],
  ["encoding 'UTF8' locale_provider icu icu_locale 'de-DE'", "'Müller'"],
])('prove --on takes a database with %s', async (options, text) => {
  const on = await create(options, text);
  const sql = `create table if not exists t (s text primary key);
insert into t select s from legacy on conflict do nothing;
comment on table t is 'Bücher';`;
  const folder = createProject({ 'migrations/001_t.sql': sql });
  const { code, stdout } = await cliInProcess(['prove', '--on', on, '--yes', '--json'], { folder });
  expect({ code, status: (JSON.parse(stdout) as ProveReport).status }).toEqual({ code: 0, status: 'shown' });
});
