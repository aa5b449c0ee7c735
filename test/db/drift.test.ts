import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import * as library from '../../lib/api.ts';
import { drift } from '../../lib/jobs/drift.ts';
import { proveAgainst } from '../../lib/jobs/prove.ts';
import { up } from '../../lib/jobs/up.ts';
import { verifyDeep } from '../../lib/jobs/verify-deep.ts';
import { createTestDatabase, queryOnce, type TestDatabase, urlOf } from '../support/database.ts';
import { startTrial, type Trial, told } from '../support/drift.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let trial: Trial;
const databases: TestDatabase[] = [];
const roles: string[] = [];

beforeAll(async () => {
  trial = await startTrial();
}, 60_000);
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  for (const role of roles) await queryOnce(urlOf('postgres'), `drop role ${quote(role)}`);
  await trial?.stop();
});

const options = { who: 'test', toolVersion: '1.2.3' };

type Files = Readonly<Record<string, string>>;

/** A database with what the files make. */
async function migrated(files: Files) {
  const database = await createTestDatabase();
  databases.push(database);
  const compiled = await compile(files);
  const settings = settingsFor(database.url);
  const { failed } = await up(compiled, settings, options);
  expect(failed).toBeUndefined();
  return { database, compiled, settings };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function createRole(name: string): Promise<void> {
  await queryOnce(urlOf('postgres'), `create role ${quote(name)} login password 'of-the-test'`);
  roles.push(name);
}

const SCHEMA: Files = {
  '001_schema.sql': `create table orders (id bigint generated always as identity primary key, customer int not null, size int default 0,
    note varchar(20), price numeric(8, 2), placed timestamptz default now(), constraint size_positive check (size >= 0));
create table customers (id int primary key, name text not null, born date);
create index orders_customer on orders (customer);
create index orders_note on orders (lower(note)) where size > 0;
alter table orders add constraint orders_of foreign key (customer) references customers;
create function touch() returns trigger language plpgsql as $$ begin
  new.placed := now();
  return new;
end $$;
create function secret() returns text language plpgsql as $$ begin
  return 'none';
end $$;
create function total(of int) returns numeric language sql stable as 'select sum(price) from public.orders where customer = of';
create trigger touched before update on orders for each row execute function touch();
create trigger checked before insert on orders for each row execute function touch();
create view busy as select c.id, c.name, count(*) as orders from customers c join orders o on o.customer = c.id
  where extract(year from c.born) > 1900 and substring(c.name from 1 for 1) <> 'x' group by c.id, c.name;
create materialized view names as select name from customers;
create sequence tickets start 100 increment 5;
create type mood as enum ('sad', 'ok');
create domain short as text constraint not_long check (length(value) < 20);
alter table customers enable row level security;
create policy mine on customers for select using (name = current_user);
create policy others on customers for update using (true);
comment on table orders is 'What was ordered.';
create schema archive;
create table archive.old (id int not null, mood mood default 'ok', what short);
create statistics orders_both (dependencies) on customer, size from orders;
create rule keep as on delete to archive.old do instead nothing;`,
};

/** What somebody does by hand, and what is told of it. `APP` stands for a role. */
const CHANGES: readonly { sql: string; there?: string; files?: string; both?: string }[] = [
  {
    sql: 'drop index orders_customer',
    files:
      'table public.orders lost its index public.orders_customer: CREATE INDEX orders_customer ON public.orders USING btree (customer)',
  },
  {
    sql: 'create index by_hand on orders (placed)',
    there:
      'table public.orders has a new index public.by_hand: CREATE INDEX by_hand ON public.orders USING btree (placed)',
  },
  {
    sql: "alter table orders add column extra text default 'x'",
    there: "table public.orders has a new column extra: text, default 'x'::text",
  },
  {
    sql: 'alter table orders alter price type numeric(9, 2)',
    both: 'column public.orders.price: numeric(8,2) -> numeric(9,2)',
  },
  {
    sql: 'alter table orders alter size drop default',
    both: 'column public.orders.size lost its default: 0',
  },
  {
    sql: 'alter table archive.old alter id drop not null',
    both: 'column archive.old.id is no longer not null',
  },
  {
    sql: 'alter table orders drop constraint size_positive',
    files: 'table public.orders lost its check constraint size_positive: CHECK ((size >= 0))',
  },
  {
    sql: 'alter table orders drop constraint orders_of, add constraint orders_of foreign key (customer) references customers not valid',
    both: 'foreign key orders_of on public.orders: FOREIGN KEY (customer) REFERENCES public.customers(id) -> FOREIGN KEY (customer) REFERENCES public.customers(id) NOT VALID',
  },
  {
    sql: `create or replace function total(of int) returns numeric language sql stable as 'select 0.0'`,
    both: 'function public.total(integer): body select sum(price) from public.orders where customer = of -> select 0.0',
  },
  {
    sql: `create or replace function secret() returns text language plpgsql as $$ begin
  execute 'alter role nobody password ''hunter2hunter2''';
  return 'quoted';
end $$`,
    both: `function public.secret(): body differs from line 2: return 'none'; -> execute 'alter role nobody password ''**************''';`,
  },
  { sql: 'alter function touch() security definer', both: 'function public.touch() is now security definer' },
  {
    sql: 'create function by_hand() returns int language sql as $$ select 1 $$',
    there: 'function public.by_hand() is new',
  },
  {
    sql: 'alter table orders disable trigger touched',
    both: 'trigger touched on public.orders: state enabled -> disabled',
  },
  {
    sql: 'drop trigger checked on orders',
    files:
      'table public.orders lost its trigger checked: CREATE TRIGGER checked BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION public.touch()',
  },
  {
    sql: 'drop policy mine on customers',
    files:
      'table public.customers lost its policy mine: command select, roles public, using (name = CURRENT_USER)',
  },
  {
    sql: 'alter policy others on customers using (id > 0)',
    both: 'policy others on public.customers: using true -> (id > 0)',
  },
  {
    sql: 'alter table customers disable row level security',
    both: 'table public.customers: row security on -> off',
  },
  { sql: 'alter sequence tickets increment 1', both: 'sequence public.tickets: increment 5 -> 1' },
  { sql: 'alter sequence tickets cycle', both: 'sequence public.tickets is now cycling' },
  {
    sql: 'alter sequence tickets maxvalue 900',
    both: 'sequence public.tickets: maximum 9223372036854775807 -> 900',
  },
  {
    sql: "comment on table orders is 'Another.'",
    both: 'table public.orders: comment What was ordered. -> Another.',
  },
  {
    sql: 'grant select on orders to APP',
    both: 'APP now has SELECT on table public.orders',
  },
  { sql: 'alter table archive.old owner to APP', both: 'table archive.old: owner OWNER -> APP' },
  {
    sql: 'create or replace view busy as select c.id, c.name, count(*) as orders from customers c join orders o on o.customer = c.id where c.id > 7 group by c.id, c.name',
    both: "view public.busy: differs from line 6: WHERE ((EXTRACT(year FROM c.born) > (1900)::numeric) AND (SUBSTRING(c.name FROM 1 FOR 1) <> 'x'::tex... -> WHERE (c.id > 7)",
  },
  { sql: "alter type mood add value 'happy'", both: 'type public.mood: labels with happy' },
  {
    sql: 'alter domain short drop constraint not_long',
    files: 'domain public.short lost its check constraint not_long: CHECK ((length(VALUE) < 20))',
  },
  { sql: 'create table made_by_hand (id int)', there: 'table public.made_by_hand is new' },
  { sql: 'drop materialized view names', files: 'materialized view public.names is gone' },
  {
    sql: 'drop statistics orders_both',
    files:
      'statistics object public.orders_both is gone: CREATE STATISTICS public.orders_both (dependencies) ON customer, size FROM public.orders',
  },
  { sql: 'drop rule keep on archive.old', files: 'table archive.old lost its rule keep' },
  {
    sql: "alter database DATABASE set work_mem = '8MB'",
    there: 'setting of the database is new: values work_mem=8MB',
  },
  {
    sql: 'alter table orders replica identity full',
    both: 'table public.orders has a new replica identity: full',
  },
  {
    sql: 'alter table orders set (fillfactor = 70)',
    both: 'table public.orders has a new options: fillfactor=70',
  },
];

test('nothing is told of a database that is as its files left it', { timeout: 30_000 }, async () => {
  const { compiled, settings } = await migrated(SCHEMA);
  const report = await drift(compiled, settings, trial.server);
  expect(told(report)).toEqual([]);
  expect(report).toMatchObject({ status: 'none', applied: 1, appliedBy: 'ledger', pending: [], edited: [] });
});

test('each change by hand is told, and where it is', { timeout: 30_000 }, async () => {
  const { database, compiled, settings } = await migrated(SCHEMA);
  const app = `${database.name}_app`;
  await createRole(app);
  const [row] = await database.query('select current_user as owner');
  const real = (text: string) =>
    text.replaceAll('APP', app).replaceAll('DATABASE', database.name).replaceAll('OWNER', String(row?.owner));
  for (const { sql } of CHANGES) await database.query(real(sql));
  const report = await drift(compiled, settings, trial.server);
  const lines = told(report);
  const [there, files, both] = (['there', 'files', 'both'] as const).map((where) =>
    CHANGES.flatMap((change) => (change[where] ? [`${where}: ${real(change[where])}`] : [])),
  );
  const wanted = [...(there ?? []), ...(files ?? []), ...(both ?? [])];
  expect([...lines].sort()).toEqual(wanted.sort());
  expect(report.status).toBe('found');
});

test('what is not applied yet is not looked for, and that is said; another text as well', {
  timeout: 30_000,
}, async () => {
  const { database, settings } = await migrated({
    '001_a.sql': 'create table if not exists a (id int);',
    '002_b.sql': 'create table if not exists b (id int);',
    '003_gone.sql': 'select 1;',
  });
  const compiled = await compile({
    '001_a.sql': 'create table if not exists a (id int, other int);',
    '002_b.sql': 'create table if not exists b (id int);',
    '004_d.sql': 'create table if not exists d (id int);',
    'R_e.sql': 'create or replace view e as select 1 as one;',
  });
  const report = await drift(compiled, settings, trial.server);
  expect(told(report)).toEqual(['files: table public.a lost its column other: integer']);
  expect(report).toMatchObject({
    ...{ applied: 2, pending: ['004_d', 'R_e'], edited: ['migrations/001_a.sql'], withoutFile: ['003_gone'] },
    unfinished: [],
  });
  // Which files are applied is asked at each look.
  await database.query("delete from schema_migrations where version = '002_b'");
  const later = await drift(compiled, settings, trial.server);
  expect(told(later)).toContain('there: table public.b is new');
});

test('without a ledger all files are taken for applied', { timeout: 30_000 }, async () => {
  const { database, compiled, settings } = await migrated({
    '001_a.sql': 'create table if not exists a (id int);',
  });
  await database.query('drop table schema_migrations, schema_migrations_journal, schema_migrations_bundles');
  const report = await drift(compiled, settings, trial.server);
  expect(told(report)).toEqual([]);
  expect(report).toMatchObject({ status: 'none', appliedBy: 'no-ledger', applied: 1 });
});

test('the role that ran the files there stands for the one that runs them here', {
  timeout: 30_000,
}, async () => {
  const database = await createTestDatabase();
  databases.push(database);
  const [app, reader, other] = ['_ "app"', '_reader', '_other'].map((end) => `${database.name}${end}`) as [
    string,
    string,
    string,
  ];
  for (const role of [app, reader, other]) await createRole(role);
  await database.query(`alter schema public owner to ${quote(app)}`);
  const url = new URL(database.url);
  url.username = encodeURIComponent(app);
  url.password = 'of-the-test';
  const compiled = await compile({
    '001_a.sql': `create table if not exists a (id int);
grant select on a to ${reader};
grant select (id) on a to ${reader} with grant option;
alter default privileges grant select on tables to ${reader};`,
  });
  const settings = settingsFor(url.toString());
  await up(compiled, settings, options);
  const look = async (changes = {}) => {
    const report = await drift(compiled, settings, trial.server, changes);
    // That one was given away by hand above.
    return { ...report, told: told(report).filter((line) => !line.includes('schema public')) };
  };
  expect((await look()).told).toEqual([]);
  await database.query(`alter table a owner to ${other}`);
  expect((await look()).told).toContain(`both: table public.a: owner ${app} -> ${other}`);
  const noOwner = await look({ owner: false });
  expect(noOwner.told.filter((line) => line.includes('owner'))).toEqual([]);
  expect(noOwner.notCompared).toContain('owners');
  expect((await look({ owner: false, privileges: false })).told).toEqual([]);
});

test('a locked table ends it soon, and nobody waits for it', { timeout: 30_000 }, async () => {
  const { database, compiled, settings } = await migrated(SCHEMA);
  const holder = await database.connect();
  await holder.query('begin; lock table customers in access exclusive mode');
  const began = performance.now();
  const error = await drift(compiled, settings, trial.server).catch((thrown: unknown) => thrown);
  expect(performance.now() - began).toBeLessThan(6_000);
  expect(error).toMatchObject({ code: 'catalog-locked', sqlstate: '55P03' });
  expect((error as Error).message).toMatch(
    /: public\.customers is locked by pid \d+ \(.*\), whose transaction has been open for \d+ s: begin; lock table customers/,
  );
  await holder.query('rollback');
});

test('files that do not run leave nothing compared, and say so', { timeout: 30_000 }, async () => {
  const { settings } = await migrated({ '001_a.sql': 'create table if not exists a (id int);' });
  const compiled = await compile({ '001_a.sql': 'create table a (id nothing_such);' });
  const report = await drift(compiled, settings, trial.server);
  expect(report).toMatchObject({
    status: 'not-shown',
    failed: { sqlstate: '42704', message: 'type "nothing_such" does not exist', location: { line: 1 } },
  });
});

test('prove and verify have it in their reports', { timeout: 60_000 }, async () => {
  const { database, compiled, settings } = await migrated({
    '001_a.sql': 'create table if not exists a (id int);',
  });
  const { ledger } = settings;
  const proof = () => proveAgainst(trial.server, compiled, { source: 'here', ledger, against: { settings } });
  expect(await proof()).toMatchObject({ status: 'proved', drift: { status: 'none' } });
  await database.query('create index by_hand on a (id)');
  const verified = await verifyDeep(compiled, settings, trial.server);
  expect(verified).toMatchObject({ status: 'problems', problems: [], drift: { status: 'found' } });
});

test('where a setting of the database has names looked for, files make their tables', {
  timeout: 30_000,
}, async () => {
  const database = await createTestDatabase();
  databases.push(database);
  await database.query(
    `create schema "By hand"; create schema app; alter database "${database.name}" set search_path = app, "By hand"`,
  );
  const compiled = await compile({
    '001_a.sql': 'create table if not exists a (id int);\ncreate table if not exists "By hand".b (id int);',
  });
  const settings = settingsFor(database.url);
  expect(await up(compiled, settings, options)).toMatchObject({ applied: [{ version: '001_a' }] });
  const report = await drift(compiled, settings, trial.server);
  expect(told(report)).toEqual(['there: setting of the database is new: values search_path=app, "By hand"']);
  expect(report.madeBefore).toEqual(['app', '"By hand"']);
});

test('the library has both, and gives away no password', { timeout: 30_000 }, async () => {
  const { database, compiled } = await migrated({ '001_a.sql': 'create table if not exists a (id int);' });
  await database.query('alter table a add by_hand int');
  const server = inject('serverUrl');
  const report = await library.drift({ compiled, server, database: database.url });
  expect(told(report)).toEqual(['there: table public.a has a new column by_hand: integer']);
  const proof = await library.prove({ compiled, server, against: database.url, owner: false });
  expect(proof).toMatchObject({ status: 'findings', findings: [], drift: { status: 'found' } });
  const wrong = new URL(database.url);
  wrong.password = 'not-the-password';
  const error = await library
    .drift({ compiled, server, database: wrong.toString() })
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'connect-denied' });
  const password = new URL(server).password;
  const texts = [report, proof, (error as Error).message, (error as Error).stack].map((one) =>
    JSON.stringify(one),
  );
  for (const secret of [password, 'not-the-password'])
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
});
