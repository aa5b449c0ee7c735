import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';

const importOld = async (files: Readonly<Record<string, string>>, ...args: string[]) => {
  const folder = createProject({});
  writeFiles(path.join(folder, 'old'), files);
  const { code, stdout, stderr } = await cliInProcess(['import', 'old', 'new', ...args], { folder });
  return { code, text: stdout + stderr, folder, at: (name: string) => path.join(folder, 'new', name) };
};
const SQL = 'create table a (id int);\n';

test('shows which file becomes which, and what is left out, and writes nothing', async () => {
  const { code, text, folder } = await importOld({
    '00001_a.sql': `-- +goose Up\n${SQL}-- +goose Down\ndrop table a;\n`,
    '00002_seed.go': 'package migrations\n',
    '00003_env.sql': `-- +goose Up\n-- +goose ENVSUB ON\nselect \${X};\n`,
    '00004_index.sql': '-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently i on a (id);\n',
    'embed.go': 'package migrations\n',
    'README.md': 'Nobody asks for this.\n',
  });
  expect(code).toBe(0);
  expect(text).toBe(`old is a folder of goose, known by line 1 of 00001_a.sql: -- +goose Up.
  00001_a.sql -> 00001_a.up.sql and .down.sql
  00004_index.sql -> 00004_index.up.sql (transaction off)
Left out:
  old/00003_env.sql:2: goose puts variables of the environment into the SQL from
    here on (ENVSUB). Write their values down, and take this line out.
  old/00002_seed.go:1: a migration in Go: there is no SQL to carry. Write what
    it does as SQL, with its version.
  old/embed.go:1: no migration of goose, so it is left out.
3 files would be written into new. 2 migrations of 4 left out.
Nothing was written yet. To write it:
  registry-jobs import old new --yes
No database was named, so no ledger was looked at. To take it over as well:
  registry-jobs import old new --database-url URL
`);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(readdirSync(folder)).not.toContain('new');
});

test.each([
  [
    'tern',
    { 'tern.conf': '', '001_a.sql': `${SQL}{{ template "shared/v.sql" . }}\n` },
    '001_a.sql:2: tern makes',
  ],
  [
    'tern',
    { 'tern.conf': '', 'shared/v.sql': SQL, '001_a.sql': SQL },
    'shared/v.sql:1: no migration of tern',
  ],
  [
    'flyway',
    { 'V1__a.sql': `${SQL}\nselect '\${env}';\n` },
    `V1__a.sql:3: Flyway puts a value in the place of \${env}.`,
  ],
  ['flyway', { 'V1__a.sql': SQL, 'V2__Seed.java': '' }, 'V2__Seed.java:1: a migration in Java'],
  ['flyway', { 'V1__a.sql': SQL, 'beforeMigrate.sql': SQL }, 'beforeMigrate.sql:1: a callback of Flyway'],
  ['flyway', { 'V1__a.sql': SQL, 'afterMigrate__grant.sql': SQL }, 'afterMigrate__grant.sql:1: a callback'],
  [
    'flyway',
    { 'V1__a.sql': SQL, 'V2__b.sql': `select '\${x}';`, 'U2.0__b.sql': SQL },
    'U2.0__b.sql:1: it undoes V2__b.sql, which is left out.',
  ],
  [
    'flyway',
    { 'V1__a.sql': SQL, 'V2__b.java': 'class B {}', 'U2__b.sql': SQL },
    'U2__b.sql:1: it undoes V2__b.java, which is left out.',
  ],
  ['flyway', { 'V1__a.sql': SQL, 'U2__b.sql': SQL }, 'U2__b.sql:1: there is no V2__ that it would undo.'],
  ['flyway', { 'V1__a.sql': SQL, 'B1__all.sql': SQL }, 'B1__all.sql:1: a baseline of Flyway'],
  [
    'flyway',
    { 'V1__a.sql': SQL, 'V1__a.sql.conf': '#\nencoding=ISO-8859-1\n' },
    'V1__a.sql.conf:2: encoding has no counterpart',
  ],
  [
    'flyway',
    { 'V1__a.sql': SQL, 'V1__a.sql.conf': 'shouldExecute=false\n' },
    'V1__a.sql.conf:1: Flyway runs the script or not, by shouldExecute=false.',
  ],
  [
    'prisma',
    { '1_a/migration.sql': SQL, 'b/migration.sql': SQL },
    'b/migration.sql:1: its name does not begin',
  ],
  [
    'diesel',
    { '1_a/up.sql': SQL, '1_a/metadata.toml': '\nother = 1\n' },
    '1_a/metadata.toml:2: other has no',
  ],
  [
    'sql-migrate',
    { 'a.sql': `-- +migrate Up\n${SQL}`, '1_b.sql': `-- +migrate Up\n${SQL}` },
    'a.sql:1: its name',
  ],
  [
    'sql-migrate',
    { '1_b.sql': `-- by me\n\n${SQL}-- +migrate Up\n${SQL}` },
    '1_b.sql:3: what stands before the first mark',
  ],
  [
    'dbmate',
    { '1_a.sql': `-- migrate:up\n${SQL}`, '2_b.sql': SQL },
    '2_b.sql:1: no line says where its way up',
  ],
  [
    'node-pg-migrate',
    { '1_a.sql': `-- Up Migration\n${SQL}`, '2_b.ts': '' },
    '2_b.ts:1: a migration in TypeScript',
  ],
  [
    'rails',
    { 'structure.sql': SQL, 'migrate/7_a.rb': '' },
    'migrate/7_a.rb:1: a migration in Ruby that structure.sql',
  ],
] as const)('of a folder of %s it names what has no counterpart: %o', async (tool, files, why) => {
  const { text } = await importOld(files, '--json', '--tool', tool);
  const report = JSON.parse(text);
  const all = report.leftOut ?? [];
  const named = all.map(
    (one: { file: string; line: number; why: string }) => `${one.file}:${one.line}: ${one.why}`,
  );
  const told = named.length > 0 ? named.join('\n') : `${report.error.code} ${report.error.detail}`;
  expect(told).toContain(why);
});

test('SQL is carried byte for byte apart from the marks, whatever its bytes are', async () => {
  const folder = createProject({});
  mkdirSync(path.join(folder, 'old'));
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  const name = path.join(folder, 'old/7_odd name!.sql');
  writeFileSync(
    name,
    bytes("-- gr\u00fc\u00df\r\n-- +goose Up\r\nselect '\u00e9\t';\r\n\r\n-- +goose Down\r\nselect 2;"),
  );
  expect((await cliInProcess(['import', 'old', 'new', '--yes'], { folder })).code).toBe(0);
  expect(readFileSync(path.join(folder, 'new/7_odd_name.up.sql'))).toEqual(
    bytes("-- gr\u00fc\u00df\r\nselect '\u00e9\t';\r\n\r\n"),
  );
  expect(readFileSync(path.join(folder, 'new/7_odd_name.down.sql'))).toEqual(bytes('select 2;'));
});

test('a mark is one for the tool alone: not in a string of ours, and not set in', async () => {
  const body = "select '-- +goose Down';\n  -- +goose Down is what this line is not\nselect 2;\n";
  const { at } = await importOld({ '1_a.sql': `-- +goose Up\n${body}-- +goose Down\nselect 3;\n` }, '--yes');
  expect(readFileSync(at('1_a.up.sql'), 'utf8')).toBe(body);
  expect(readFileSync(at('1_a.down.sql'), 'utf8')).toBe('select 3;\n');
});

test('a statement that ended with a mark gets its semicolon, and only that one', async () => {
  const block = (sql: string) => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd\n`;
  const body = block('select 1 -- done;') + block('select 2;') + block('-- nothing') + block("select ';'");
  const { at, code } = await importOld({ '1_a.sql': `-- +goose Up\n${body}` }, '--yes');
  expect(code).toBe(0);
  expect(readFileSync(at('1_a.up.sql'), 'utf8')).toBe(
    "select 1 -- done;\n;\nselect 2;\n-- nothing\nselect ';'\n;\n",
  );
});

test('nothing is overwritten: what is there must be what would be written', async () => {
  const { folder, at, code } = await importOld({ '1_a.up.sql': SQL, '2_b.up.sql': SQL }, '--yes');
  expect(code).toBe(0);
  const again = () => cliInProcess(['import', 'old', 'new', '--yes'], { folder });
  expect(await again()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing to write: new has all 2'),
  });
  writeFileSync(at('1_a.up.sql'), `${SQL} `);
  writeFileSync(at('Makefile'), '');
  expect(await again()).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: new holds other files already: 1_a.up.sql (with another text) and Makefile. [not-empty]
What to do: Nothing was written, and nothing is ever overwritten. Name a folder that is new or empty.
`,
  });
  expect(readFileSync(at('1_a.up.sql'), 'utf8')).toBe(`${SQL} `);
});

test('an import that was broken off goes on', async () => {
  const folder = createProject({});
  writeFiles(folder, {
    'old/1_a.up.sql': SQL,
    'old/2_b.up.sql': SQL,
    'new/1_a.up.sql': SQL,
    'new/.gitkeep': '',
  });
  const { code, stdout } = await cliInProcess(['import', 'old', 'new', '--yes'], { folder });
  expect([code, stdout]).toEqual([0, expect.stringContaining('Wrote 1 file into new. 1 are there already')]);
  expect(readdirSync(path.join(folder, 'new')).sort()).toEqual(['.gitkeep', '1_a.up.sql', '2_b.up.sql']);
});

test.each([
  [{ '1_a.sql': SQL }, [], 'Nothing in old tells which tool it is for. It holds 1_a.sql. [unknown-tool]'],
  [{ '.x': '' }, [], 'Nothing in old tells which tool it is for. It holds .x. [unknown-tool]'],
  [{ '1_a.sql': SQL }, ['--tool', 'knex'], '"knex" is no tool that we know. [unknown-tool]'],
  [
    { '1_a.sql': `-- migrate:up\n${SQL}`, '2_b.sql': `-- +goose Up\n${SQL}` },
    [],
    'old may be a folder of dbmate (line 1 of 1_a.sql: -- migrate:up) and goose (line 1 of 2_b.sql: -- +goose Up). [ambiguous-tool]\nWhat to do: Say which one it is: registry-jobs import old new --tool dbmate',
  ],
  [
    { 'migrations/1_a/migration.sql': SQL },
    [],
    'Nothing in old itself tells which tool it is for. [unknown-tool]\nWhat to do: old/migrations is a folder of prisma: registry-jobs import old/migrations new',
  ],
  [
    { 'migration_lock.toml': '# x\nprovider = "mysql"\n', '1_a/migration.sql': SQL },
    [],
    'old/migration_lock.toml:2:1: These migrations are written for mysql, not for Postgres. [other-database]',
  ],
  [
    { '20240101_a.rb': '' },
    [],
    'Its migrations are in Ruby, and there is no structure.sql beside them. [nothing-to-import]',
  ],
  [
    { '1_a.go': 'goose.AddMigration()' },
    [],
    'old holds no migration of goose that can be carried. [nothing-to-import]\n- old/1_a.go:1: a migration in Go',
  ],
  [
    { '1_a.sql': `-- migrate:up\n${SQL}`, '01_b.sql': `-- migrate:up\n${SQL}` },
    [],
    '01_b.sql and 1_a.sql have the same version, 1. [duplicate-version]',
  ],
])('a folder that cannot be imported is refused in words: %o %o', async (files, args, message) => {
  const { code, text, folder } = await importOld(files, '--yes', ...args);
  expect([code, text]).toEqual([2, expect.stringContaining(`error: ${message}`)]);
  expect(readdirSync(folder)).not.toContain('new');
});

test('where a tool goes by names, an order that differs is named', async () => {
  const file = `-- migrate:up\n${SQL}`;
  const { text } = await importOld({ '10_a.sql': file, '9_b.sql': file });
  expect(text).toContain(
    'Note: The order differs: dbmate applies 10_a.sql before 9_b.sql, by their names;\n  here the smaller number comes first.',
  );
});

test("Flyway's repeatable files keep their order", async () => {
  const view = 'create or replace view v as select 1;\n';
  const { folder, code } = await importOld(
    { 'R__a_b.sql': view, 'R__aB.sql': view, 'V3__x.sql': SQL },
    '--yes',
  );
  expect(code).toBe(0);
  expect(readdirSync(path.join(folder, 'new')).sort()).toEqual(['3_x.up.sql', 'R_1_a_b.sql', 'R_2_aB.sql']);
});

test('a file that up would refuse is written, and named with its place', async () => {
  const { code, text } = await importOld({
    '1_a.up.sql': 'select 1;\nselect from where;\n',
    '2_b.up.sql': SQL,
  });
  expect(code).toBe(0);
  expect(text).toContain(
    'up refuses these as they are; mend them first:\n  new/1_a.up.sql:2:13: syntax error',
  );
});

test('what cannot run in a transaction and is alone in its file says so from now on', async () => {
  const { at } = await importOld({ '1_a.up.sql': 'create index concurrently i on a (id);\n' }, '--yes');
  expect(readFileSync(at('1_a.up.sql'), 'utf8')).toBe(
    '-- registry-jobs: transaction off\ncreate index concurrently i on a (id);\n',
  );
});

test('on a terminal it is shown and asked for, and a no writes nothing', async () => {
  const folder = createProject({});
  writeFiles(folder, { 'old/1_a.up.sql': SQL });
  const asked: string[] = [];
  const answer = (text: string) => ({
    isTerminal: true,
    ask: (question: string) => {
      asked.push(question);
      return Promise.resolve(text);
    },
  });
  const no = await cliInProcess(['import', 'old', 'new'], { folder }, answer('n'));
  expect([no.code, no.stdout, readdirSync(folder).includes('new')]).toEqual([2, '', false]);
  expect(no.stderr).toContain('  1_a.up.sql -> 1_a.up.sql\n');
  const yes = await cliInProcess(['import', 'old', 'new'], { folder }, answer('y'));
  expect([yes.code, yes.stdout]).toEqual([
    0,
    'Wrote 1 file into new.\nSee where that leaves the database: registry-jobs plan --migrations new\n',
  ]);
  expect(asked).toEqual([
    'This writes files into new. Go on? [y/N] ',
    'This writes files into new. Go on? [y/N] ',
  ]);
});
