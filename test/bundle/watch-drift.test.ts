import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import type { CodeFolders } from '../../lib/bundle/lambda-code.ts';
import { bundleFiles } from '../../lib/contract.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { builtOnce } from '../support/built-once.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { lambdaOf, metricsIn, resultOf, storeSettings } from '../support/deployed-jobs.ts';
import { invokeOnce, type LambdaOptions } from '../support/lambda-process.ts';
import { type FakeParameterStore, startParameterStore } from '../support/parameter-store.ts';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeDown } from '../support/written-down.ts';

let codeFolders: CodeFolders;
let database: TestDatabase;
let store: FakeParameterStore;
beforeAll(async () => {
  codeFolders = await builtOnce('lambda-code');
});
beforeEach(async () => {
  [database, store] = await Promise.all([createTestDatabase(), startParameterStore()]);
  for (const job of ['migrate', 'refresh-statistics'] as const) storeSettings(store, database, job);
});
afterEach(() => Promise.all([database.drop(), store.close()]));

const FILES = {
  '001_shop.sql': `create table orders (id int primary key, note text);
create index orders_note on orders (note);
create view notes as select note from orders;
create function refresh() returns int language sql as 'select 1';`,
  '002_total.sql': `create function total() returns bigint language sql as 'select count(*) from orders';`,
};
const watching = { ...chooseEnvironment('staging'), watchDrift: true };

/** The functions of a stack that watches, or of one that does not. */
function deployed(migrations: string, environment: Environment = watching, functions?: readonly string[]) {
  const stack = synth({ environment, props: { codeFolders, migrations, ...(functions && { functions }) } });
  return {
    migrate: lambdaOf('migrate', stack, store),
    refresh: lambdaOf('refresh-statistics', stack, store),
  };
}

async function shop(files: Readonly<Record<string, string>> = FILES) {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  await writeDown(folder);
  return deployed(folder, watching, ['refresh']);
}

/** What a run of the statistics measured of the catalog, and what it logged of it. */
async function look(lambda: LambdaOptions) {
  const { logs, ...answer } = await invokeOnce(lambda, {});
  expect(resultOf(answer).status).not.toBe('failed');
  const lines = logs.split('\n').filter((line) => /"message":"catalog-/.test(line));
  return {
    measured: metricsIn(logs).flatMap((it) => it.CatalogDrift ?? []),
    lines: lines.map((line) => JSON.parse(line)),
  };
}

test('the registry as its migrations make it shows no drift to its refresher, and what is done by hand is counted and named', {
  timeout: 60_000,
}, async () => {
  const folder = join(temporaryFolder(), 'migrations');
  cpSync(join(import.meta.dirname, '../../migrations'), folder, { recursive: true });
  await writeDown(folder);
  const { migrate, refresh } = deployed(folder);
  resultOf(await invokeOnce(migrate, {}));
  const user = `u_${database.name}`;
  await database.query(`create role ${user} login password 'of-the-test' in role registry_refresher`);
  try {
    storeSettings(store, database, 'refresh-statistics', { user, password: 'of-the-test' });
    expect(await look(refresh)).toEqual({ measured: [0], lines: [] });
    await database.query(`alter table alerts add by_hand text, alter content drop not null;
      drop view if exists ocean; create view ocean as select 1 as depth;
      create index work_items_by_hand on work_items (name); grant delete on alerts to registry_refresher`);
    const { measured, lines } = await look(refresh);
    expect(measured).toEqual([5]);
    expect(lines).toMatchObject([
      {
        level: 'WARN',
        message: 'catalog-drift',
        database: `${database.name} on ${new URL(database.url).host} as ${user}`,
        objects: 5,
        onlyInDatabase: expect.arrayContaining(['view public.ocean is new: SELECT 1 AS depth;']),
        onlyInFiles: [],
        hint: 'See all of it: registry-jobs verify --env staging --deep',
      },
    ]);
    const told = [...lines[0].onlyInDatabase, ...lines[0].different].join('\n');
    for (const words of ['by_hand', 'work_items_by_hand', 'DELETE', 'content is no longer not null'])
      expect(told).toContain(words);
    expect(lines[0]).not.toHaveProperty('more');
  } finally {
    await database.query(`drop owned by ${user}; drop role ${user}`);
  }
});

test('more than twenty differences are counted, and put right they are gone', async () => {
  const { migrate, refresh } = await shop();
  resultOf(await invokeOnce(migrate, {}));
  await database.query(
    `do $$ begin for n in 10..34 loop execute format('create table by_hand_%s (id int)', n); end loop; end $$`,
  );
  await database.query('drop index orders_note');
  const { measured, lines } = await look(refresh);
  expect(measured).toEqual([26]);
  expect(lines).toMatchObject([{ objects: 26, onlyInFiles: [], different: [], more: 6 }]);
  expect(lines[0].onlyInDatabase).toHaveLength(20);
  await database.query(
    `do $$ begin for n in 10..34 loop execute format('drop table by_hand_%s', n); end loop; end $$`,
  );
  expect((await look(refresh)).lines).toMatchObject([
    {
      objects: 1,
      onlyInDatabase: [],
      onlyInFiles: [expect.stringContaining('table public.orders lost its index public.orders_note')],
    },
  ]);
  await database.query('create index orders_note on orders (note)');
  expect(await look(refresh)).toEqual({ measured: [0], lines: [] });
});

test('neither user is a superuser: who migrated owns everything, and who looks may read the ledger and no more', async () => {
  const [migrator, refresher] = [`m_${database.name}`, `r_${database.name}`];
  await database.query(`create role ${migrator} login password 'of-the-test'; create role ${refresher} login password 'of-the-test';
    grant create on database ${database.name} to ${migrator}; create schema own authorization ${migrator}`);
  try {
    const { migrate, refresh } = await shop({
      '001_own.sql': `create schema if not exists own;
        create table own.orders (id int generated always as identity primary key, note text default 'none');
        alter table own.orders enable row level security;
        create policy everybody on own.orders using (note is not null);
        create function own.refresh() returns int language sql as 'select 1';
        alter default privileges in schema own grant select on tables to ${refresher};
        grant usage on schema own to ${refresher}`,
    });
    storeSettings(store, database, 'migrate', {
      user: migrator,
      password: 'of-the-test',
      ledger: 'own.done',
    });
    storeSettings(store, database, 'refresh-statistics', {
      ...{ user: refresher, password: 'of-the-test', ledger: 'own.done' },
    });
    const functions = { REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'own.refresh' };
    const looking = { ...refresh, environment: { ...refresh.environment, ...functions } };
    resultOf(await invokeOnce(migrate, {}));
    await database.query(
      `revoke create on database ${database.name} from ${migrator}; grant select on own.done to ${refresher}`,
    );
    expect(await look(looking)).toEqual({ measured: [0], lines: [] });
    await database.query(`alter table own.orders owner to ${refresher}; drop policy everybody on own.orders`);
    const { measured, lines } = await look(looking);
    // The table, the sequence of its column, and the policy.
    expect(measured).toEqual([3]);
    const told = [...lines[0].onlyInFiles, ...lines[0].different].join(' ');
    expect(told).toContain('policy everybody');
    expect(told).toContain(`owner ${migrator} -> ${refresher}`);
    await database.query(`revoke select on own.done from ${refresher}`);
    expect((await look(looking)).lines).toMatchObject([
      { message: 'catalog-not-compared', reason: expect.stringContaining('[ledger-unreadable]') },
    ]);
  } finally {
    await database.query(`drop schema own cascade; drop owned by ${migrator}, ${refresher} cascade;
      drop role ${migrator}, ${refresher}`);
  }
});

test('where the database has other files than the deploy nothing is measured, and the log says why', async () => {
  const { migrate, refresh } = await shop();
  const because = async (reason: string) =>
    expect(await look(refresh)).toMatchObject({
      measured: [],
      lines: [{ level: 'INFO', message: 'catalog-not-compared', reason }],
    });
  await database.query(`create function refresh() returns int language sql as 'select 1'`);
  await because('there is no ledger, which would say what is applied.');
  await database.query('drop function refresh()');
  resultOf(await invokeOnce(migrate, {}));
  await database.query(`insert into schema_migrations (version) values ('003_later')`);
  await because('003_later is applied, and not among the files of this deploy.');
  await database.query(`delete from schema_migrations where version in ('003_later', '002_total')`);
  await because('002_total is not applied.');
});

test('a table that somebody keeps even readers from is waited for two seconds, and the refresh succeeds', async () => {
  const { migrate, refresh } = await shop();
  resultOf(await invokeOnce(migrate, {}));
  const holder = await database.connect();
  await holder.query('begin; lock table orders in access exclusive mode');
  const { measured, lines } = await look(refresh);
  await holder.query('rollback');
  expect(measured).toEqual([]);
  expect(lines).toMatchObject([
    {
      message: 'catalog-not-compared',
      reason: expect.stringMatching(/public\.orders is locked by .*\[catalog-locked\]/s),
    },
  ]);
});

test('a stack that does not ask for it carries no catalog, and looks at none', async () => {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(FILES)) writeFileSync(join(folder, name), sql);
  const { migrate, refresh } = deployed(folder, chooseEnvironment('staging'), ['refresh']);
  resultOf(await invokeOnce(migrate, {}));
  await database.query('drop index orders_note');
  expect(await look(refresh)).toEqual({ measured: [], lines: [] });
  // The code is the same: what is looked for is the file.
  await writeDown(folder);
  const { refresh: other } = deployed(folder, watching, ['refresh']);
  rmSync(join(other.folder, bundleFiles.catalog));
  expect(await look(other)).toEqual({ measured: [], lines: [] });
});
