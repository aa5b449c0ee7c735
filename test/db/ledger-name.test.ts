import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { readReport } from '../../lib/registry/page/read.ts';
import { parseLedgerName } from '../../lib/settings/ledger-name.ts';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase();
  folder = createProject({}, database);
  writeFiles(path.join(folder, 'migrations'), ONE);
});
afterEach(() => database.drop());

const ONE = { '001_a.sql': 'create table if not exists a (x int);' };
const ledgers = async () =>
  (
    await database.query(`select n.nspname || '.' || relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
      where relkind = 'r' and relname ~ '^(schema_migrations|applied)' order by 1`)
  ).map(({ name }) => name);
const run = (args: string[], env: Record<string, string> = {}) =>
  cliInProcess([...args, '--env', 'test'], { folder, env });

describe('a ledger is looked for before one is created', () => {
  const ELSEWHERE = {
    code: 'ledger-elsewhere',
    message: 'There is no public.schema_migrations, but there is app.schema_migrations: which is the ledger?',
    hint: 'Name it: --ledger app.schema_migrations, or REGISTRY_JOBS_LEDGER=app.schema_migrations, or the parameter ledger. For a new one: --ledger public.schema_migrations',
  };

  beforeEach(() =>
    database.query(`create schema app; create table app.schema_migrations (version varchar primary key);
      insert into app.schema_migrations values ('001_a'); alter database ${database.name} set search_path = app, public`),
  );

  test.each(['up', 'status', 'plan', 'verify'])('%s asks which it is', async (command) => {
    const { stdout } = await run([command, '--json']);
    expect(JSON.parse(stdout)).toEqual({ error: ELSEWHERE });
    expect(await ledgers()).toEqual(['app.schema_migrations']);
  });

  test('a name that is given is believed, also that of a new one', async () => {
    expect((await run(['up', '--ledger', 'app.schema_migrations'])).code).toBe(0);
    expect(await database.query('select version from app.schema_migrations')).toEqual([{ version: '001_a' }]);
    expect((await run(['up', '--ledger', 'public.schema_migrations'])).code).toBe(0);
    expect(await database.query('select version from public.schema_migrations')).toEqual([
      { version: '001_a' },
    ]);
    // Now that there is one, nobody has to name it.
    expect((await run(['status', '--check'])).code).toBe(0);
  });

  test('what it proposes can be pasted, whatever the schema is called', async () => {
    await database.query(`alter schema app rename to "it's v1.0"`);
    const { stdout } = await run(['status', '--json']);
    const { hint } = JSON.parse(stdout).error as { hint: string };
    const [, argument = ''] = /--ledger (.+?), or/.exec(hint) ?? [];
    expect(hint).toContain(`REGISTRY_JOBS_LEDGER=${argument}`);
    const word = execFileSync('sh', ['-c', `printf %s ${argument}`], { encoding: 'utf8' });
    expect(word).toBe(`"it's v1.0".schema_migrations`);
    expect((await run(['up', '--ledger', word])).code).toBe(0);
    expect(await database.query(`select version from "it's v1.0".schema_migrations`)).toEqual([
      { version: '001_a' },
    ]);
  });

  test('one without a row says nothing', async () => {
    await database.query('delete from app.schema_migrations');
    expect((await run(['up'])).code).toBe(0);
  });
});

test.each([
  ['pg_temp.sm', 'is in a schema of the server'],
  ['information_schema.sm', 'is in a schema of the server'],
  ['app.sm_journal', 'ends in _journal'],
  ['sm_bundles', 'ends in _bundles'],
])('%s is no ledger', (name, why) => {
  expect(() => parseLedgerName(name)).toThrow(why);
});

describe('its name can be given', () => {
  const EXPECTED = ['app.applied', 'app.applied_bundles', 'app.applied_journal'];
  beforeEach(() => database.query('create schema app'));

  test('as a flag', async () => {
    expect((await run(['up', '--ledger', 'app.applied'])).code).toBe(0);
    expect(await ledgers()).toEqual(EXPECTED);
    expect((await run(['status', '--check', '--ledger', 'app.applied'])).code).toBe(0);
  });

  test('as a flag that is called after the table', async () => {
    expect((await run(['up', '--table', 'app.applied'])).code).toBe(0);
    expect(await ledgers()).toEqual(EXPECTED);
    expect((await run(['status', '--check', '--table=app.applied'])).code).toBe(0);
    expect((await run(['status', '--check', '--ledger', 'app.applied'])).code).toBe(0);
  });

  test('as a variable, which a flag overrules', async () => {
    const env = { REGISTRY_JOBS_LEDGER: 'app.applied' };
    expect((await run(['up'], env)).code).toBe(0);
    expect(await ledgers()).toEqual(EXPECTED);
    expect((await run(['status', '--check', '--ledger', 'applied'], env)).code).toBe(3);
  });

  test('in a .env file', async () => {
    writeFileSync(
      path.join(folder, '.env.test'),
      `DATABASE_URL=${database.url}\nREGISTRY_JOBS_LEDGER=app.applied\n`,
    );
    expect((await run(['up'])).code).toBe(0);
    expect(await ledgers()).toEqual(EXPECTED);
  });

  test('in a schema that is not there: the message says how to make it', async () => {
    const { stderr } = await run(['up', '--ledger', 'Nowhere.applied']);
    expect(stderr).toContain(
      'What to do: Nothing was run. Make the schema, then run again: CREATE SCHEMA "Nowhere"',
    );
  });

  test('the page reads the same one', async () => {
    await database.query('create table public.schema_migrations_journal (like information_schema.tables)');
    const settings = { ...settingsFor(database.url), ledger: { schema: 'app', table: 'applied' } };
    await up(await compile(ONE), settings);
    expect((await readReport(settings)).migrations).toMatchObject([{ version: '001_a' }]);
  });

  test.each([
    ['a.b.c', 'is not the name of a table'],
    ['a.', 'is not the name of a table'],
    ['x'.repeat(56), 'is longer than 55 bytes'],
  ])('"%s" is not one', (text, why) => {
    expect(() => parseLedgerName(text)).toThrow(why);
  });
});

test('a policy that hides its rows is no empty ledger', async () => {
  await up(await compile(ONE), settingsFor(database.url));
  const role = `p_${database.name}`;
  await database.query(`create role ${role} login password 'secret-of-the-role'; grant all on schema public to ${role};
    grant all on all tables in schema public to ${role}; alter table schema_migrations enable row level security`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret-of-the-role';
  try {
    const settings = settingsFor(url.toString());
    const expected = {
      code: 'ledger-denied',
      message:
        'The ledger cannot be read: query would be affected by row-level security policy for table "schema_migrations"',
      hint: `A policy hides rows of schema_migrations from "${role}". Let a superuser say: ALTER ROLE "${role}" BYPASSRLS`,
    };
    expect(await rejection(status(await compile(ONE), settings))).toMatchObject(expected);
    expect(await rejection(up(await compile(ONE), settings))).toMatchObject(expected);
    // What the statements of a file see is as the role may see it.
    await database.query(`alter table schema_migrations disable row level security; create table secret as select 1 as x;
      grant select on secret to ${role}; alter table secret enable row level security`);
    await up(await compile({ ...ONE, '002_b.sql': 'create table seen as select * from secret' }), settings);
    expect(await database.query('select * from seen')).toEqual([]);
  } finally {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});

test('whoever may not use it is told a GRANT that can be pasted, schema and all', async () => {
  const settings = { ...settingsFor(database.url), ledger: { schema: 'app', table: 'sm' } };
  await database.query('create schema app');
  await up(await compile(ONE), settings);
  const role = `g_${database.name}`;
  await database.query(`create role ${role} login password 'secret-of-the-role'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret-of-the-role';
  try {
    const guest = { ...settingsFor(url.toString()), ledger: settings.ledger };
    const denied: string[] = [];
    for (let tries = 0; tries < 4; tries++) {
      const error = await rejection(status(await compile(ONE), guest).then(done));
      const { code, message, hint = '' } = error as { code: string; message: string; hint?: string };
      if (code === 'done') break;
      denied.push(`${code}: ${message}`);
      const [, grant] = /: (GRANT .+)$/.exec(hint) ?? [];
      expect([message, grant]).toEqual([message, expect.any(String)]);
      await database.query(String(grant));
    }
    expect(denied).toEqual([
      'ledger-denied: The ledger cannot be read: permission denied for schema app',
      'ledger-denied: The ledger cannot be read: permission denied for table sm',
      'ledger-denied: The ledger cannot be read: permission denied for table sm_journal',
    ]);
  } finally {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});

function done(): never {
  throw Object.assign(new Error('done'), { code: 'done' });
}
