import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { privilegesOf, refresherPrivileges } from '../support/privileges.ts';
import {
  applyMigration,
  createRegistryTemplate,
  type MigrationFile,
  type RegistryTemplate,
  readMigrations,
} from '../support/registry.ts';

/*
 * Roles belong to the server, which all tests share. So the file is tried with another group in the place of
 * registry_refresher, one for each test, and databases whose owner is a role of the test.
 */
const isGrants = ({ name }: MigrationFile) => name === '026_statistics_grants.sql';
const others = readMigrations().filter((file) => !isGrants(file));
const [original] = readMigrations().filter(isGrants);
const withoutJournal = refresherPrivileges.filter((line) => !line.startsWith('schema_migrations_journal'));

let template: RegistryTemplate;
const databases: TestDatabase[] = [];
let roles: string[];
let group: string;
let owner: string;
let admin: TestDatabase;

beforeAll(async () => {
  template = await createRegistryTemplate(async () => {}, others);
});
afterAll(() => template.drop());
beforeEach(async () => {
  const id = randomBytes(6).toString('hex');
  [group, owner] = [`group_${id}`, `owner_${id}`];
  roles = [group, owner];
  admin = await createTestDatabase();
  databases.push(admin);
});
afterEach(async () => {
  const [last, ...rest] = databases.splice(0);
  for (const database of rest) await database.drop();
  for (const role of roles.reverse()) await last?.query(`drop role if exists ${role}`);
  await last?.drop();
});

/** A database with everything before the grants, whose owner is no superuser. */
async function ownedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ template: template.name });
  databases.push(database);
  await database.query(`alter database ${database.name} owner to ${owner}`);
  const rows = await database.query<{ sql: string }>(`
    select format('alter %s %s owner to ${owner}', case relkind when 'v' then 'view' else 'table' end, oid::regclass) as sql
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
    union all
    select format('alter function %s owner to ${owner}', oid::regprocedure) from pg_proc
      where pronamespace = 'public'::regnamespace`);
  for (const { sql } of rows) await database.query(sql);
  return database;
}

async function connectAs(role: string, database: TestDatabase): Promise<pg.Client> {
  const client = await database.connect();
  await client.query(`set session authorization ${role}`);
  return client;
}

/** Applies the file as a role. Returns what it raised. */
async function apply(role: string, database: TestDatabase): Promise<string[]> {
  const client = await connectAs(role, database);
  const notices: string[] = [];
  client.on('notice', ({ severity, message }) => notices.push(`${severity}: ${message}`));
  await applyMigration(client, grantsFile());
  return notices;
}

function grantsFile(): MigrationFile {
  return { name: '026', sql: original?.sql.replaceAll('registry_refresher', group) ?? '' };
}

test('an administrator made the group before: the owner need not be able to make roles', async () => {
  await admin.query(`create role ${owner}; create role ${group}`);
  const database = await ownedDatabase();
  expect(await apply(owner, database)).toEqual([]);
  expect(await privilegesOf(group, database)).toEqual(withoutJournal);
  expect(await apply(owner, database)).toEqual([]);
  expect(await privilegesOf(group, database)).toEqual(withoutJournal);
});

test('without the group and the right to make it, the file says what to do; done later, it works', async () => {
  await admin.query(`create role ${owner}`);
  const database = await ownedDatabase();
  const says =
    `NOTICE: Only the owner can refresh the statistics: there is no role ${group}, and ${owner} may not create it. ` +
    `As an administrator: create role ${group}; then as ${owner}: select grant_statistics_to('${group}');`;
  expect(await apply(owner, database)).toEqual([says]);
  const [, what, then] = /administrator: (.*;) then as \w+: (.*;)/.exec(says) ?? [];
  await admin.query(String(what));
  await (await connectAs(owner, database)).query(String(then));
  expect(await privilegesOf(group, database)).toEqual(withoutJournal);
});

test('an owner who may make roles makes the group, and puts the login role into it', async () => {
  const login = `login_${group}`;
  roles.push(login);
  await admin.query(`create role ${owner} createrole`);
  const database = await ownedDatabase();
  expect(await apply(owner, database)).toEqual([]);
  expect(await admin.query('select rolcanlogin from pg_roles where rolname = $1', [group])).toEqual([
    { rolcanlogin: false },
  ]);
  await (await connectAs(owner, database)).query(`create role ${login} login; grant ${group} to ${login}`);
  expect(await privilegesOf(login, database)).toEqual([...withoutJournal, `member of ${group}`].sort());
});

test('databases of one server at the same moment: the slower ones wait, and find the group there', async () => {
  await admin.query(`create role ${owner} createrole`);
  const [first, ...slower] = [await ownedDatabase(), await ownedDatabase(), await ownedDatabase()];
  const client = await connectAs(owner, first);
  await client.query('begin');
  await client.query(grantsFile().sql);
  const applied = Promise.all(slower.map((database) => apply(owner, database)));
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = any ($1)`;
  await expect.poll(() => admin.query(waiting, [slower.map(({ name }) => name)])).toHaveLength(2);
  await client.query('commit');
  expect(await applied).toEqual([[], []]);
  for (const database of [first, ...slower])
    expect(await privilegesOf(group, database)).toEqual(withoutJournal);
});

test('any role can be granted the same, and only by the owner', async () => {
  const odd = `"Odd ${group}"`;
  roles.push(odd);
  await admin.query(`create role ${owner}; create role ${group}; create role ${odd}`);
  const database = await ownedDatabase();
  await apply(owner, database);
  const call = async (role: string) =>
    (await connectAs(role, database)).query('select grant_statistics_to($1)', [odd]);
  await expect(call(group)).rejects.toMatchObject({ code: '42501' });
  await expect(call(odd)).rejects.toMatchObject({ code: '42501' });
  await call(owner);
  expect(await privilegesOf(odd, database)).toEqual(withoutJournal);
});

test('everything dropped and applied anew: the grants are there again', async () => {
  await admin.query(`create role ${owner}; create role ${group}`);
  const database = await ownedDatabase();
  await apply(owner, database);
  const client = await connectAs(owner, database);
  await client.query(
    'drop schema public cascade; create schema public; create table schema_migrations_journal ()',
  );
  expect(await privilegesOf(group, database)).toEqual(['database: connect', 'database: temporary']);
  for (const file of others) await applyMigration(client, file);
  await apply(owner, database);
  expect(await privilegesOf(group, database)).toEqual(refresherPrivileges);
});

test('the group goes as docs/guides/aws.md says, also where the administrator is no superuser', async () => {
  const administrator = `administrator_${group}`;
  await admin.query(`create role ${owner}; create role ${administrator} createrole`);
  roles.push(administrator);
  const database = await ownedDatabase();
  const client = await connectAs(administrator, database);
  await client.query(`create role ${group}`);
  await apply(owner, database);
  await expect(client.query(`drop role ${group}`)).rejects.toMatchObject({ code: '2BP01' });
  await client.query(`grant ${group} to ${owner}`);
  await (await connectAs(owner, database)).query(`drop owned by ${group}`);
  await client.query(`drop role ${group}`);
  expect(await database.query(`select 1 from pg_proc where proname = 'update_counts'`)).toHaveLength(1);
});
