import path from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { up } from '../../lib/jobs/up.ts';
import { statementText } from '../../lib/migrations/script/statement.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';
import { catalogOf, contentsOf } from '../support/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/migrations.ts';
import {
  loadFixtures,
  type RegistryTemplate,
  readMigrations,
  registryTemplate,
} from '../support/registry.ts';
import { refresh } from '../support/statistics.ts';

/*
 * A file may run again at any time, also long after files that build on it. So each has to leave alone what a later one
 * made of its work: these tests compare everything that is in the database, before and after.
 */
const files = readMigrations();
const names = files.map(({ name }) => name);
let template: RegistryTemplate;
let db: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  template = await registryTemplate('refreshed');
});
afterAll(() => template.drop());
const open = async (from?: RegistryTemplate) => {
  db = await createTestDatabase(from ? { template: from.name } : {});
  client = await db.connect();
};

const everything = async () => [...(await catalogOf(client)), ...(await contentsOf(client))];
const run = (index: number) => client.query(files[index]?.sql ?? '');
/** The job still works on what was left to it: nothing was lost, and what is new arrives. */
async function expectStatisticsToWork(what: string): Promise<void> {
  await client.query('savepoint working');
  expect((await client.query(refresh)).rows, what).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
  expect((await client.query('select * from audit_statistics()')).rows, what).toEqual([]);
  await client.query(`update generic_files set state = 'D' where id = 1`);
  expect((await client.query(refresh)).rows, what).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
  await client.query('rollback to working');
}

describe('run again when all files are applied, the data is loaded and the statistics are refreshed', () => {
  let before: string[];
  beforeAll(async () => {
    await open(template);
    before = await everything();
  });
  afterAll(() => db.drop());
  beforeEach(() => client.query('begin'));
  afterEach(() => client.query('rollback'));

  test.each(names)('%s changes nothing', async (name) => {
    await run(names.indexOf(name));
    expect(await everything()).toEqual(before);
    await expectStatisticsToWork(name);
  });

  test('every file after every file', async () => {
    // Each ordered pair once, the file after itself too.
    for (const first of files.keys()) {
      await run(first);
      for (let second = first; second < files.length; second++) {
        await run(second);
        if (second > first) await run(first);
      }
      if (first % 5 === 0) expect(await everything(), names[first]).toEqual(before);
    }
    expect(await everything()).toEqual(before);
    await expectStatisticsToWork('all pairs');
  });

  test.each([
    ['all again', [...files.keys()]],
    ['all again from the last to the first', [...files.keys()].reverse()],
  ])('%s', async (_, order) => {
    for (const index of order) await run(index);
    expect(await everything()).toEqual(before);
    await expectStatisticsToWork('all');
  });
});

test('run again by up --rerun, each by itself and all at once, changes nothing', async () => {
  await open();
  try {
    const folder = path.resolve(import.meta.dirname, '../../migrations');
    const compiled = await compileFolder(folder, 'migrations');
    const settings = settingsFor(db.url);
    await up(compiled, settings);
    await loadFixtures(client);
    await client.query(refresh);
    const before = await everything();
    const versions = compiled.migrations.map(({ version }) => version);
    for (const rerun of [...versions.map((version) => [version]), versions]) {
      const report = await up(compiled, settings, { rerun });
      expect([report.status, report.applied.map(({ version }) => version)]).toEqual(['applied', rerun]);
      expect(await everything(), rerun.join()).toEqual(before);
    }
    await client.query('begin');
    await expectStatisticsToWork('all');
    await client.query('rollback');
  } finally {
    await db.drop();
  }
});

describe('a database that only has the first files', () => {
  /** Takes what was done back, so that one database serves for all beginnings. */
  const undone = async (work: () => Promise<void>) => {
    await client.query('savepoint here');
    await work();
    await client.query('rollback to here');
  };
  let fresh: string[];
  const without = { identities: false };

  beforeAll(async () => {
    await open(template);
    fresh = [...(await catalogOf(client, without)), ...(await contentsOf(client))];
    await db.drop();
  });
  beforeEach(async () => {
    await open();
    await client.query('begin');
  });
  afterEach(() => db.drop());

  test('has what a fresh one has when the others have run', async () => {
    for (let applied = 0; applied <= files.length; applied++) {
      await undone(async () => {
        for (const { sql } of files.slice(applied)) await client.query(sql);
        const found = await catalogOf(client, without);
        expect(found, `${applied} files`).toEqual(fresh.slice(0, found.length));
      });
      await run(applied);
    }
  });

  test('and data that was refreshed then, shows what a fresh one shows when all have run', async () => {
    // The fixtures fill the tables of the first 8; then come the first statistics, the triggers, and what replaces the first ones.
    const beginnings = [8, 11, 12, 13, 15, 18, 21, 22, 23, 24, 25, 26];
    for (let applied = 1; applied <= files.length; applied++) {
      await run(applied - 1);
      if (!beginnings.includes(applied)) continue;
      await undone(async () => {
        await loadFixtures(client);
        const call = `select to_regprocedure('update_counts(interval)') is not null as counts,
          to_regprocedure('populate_all_historical_deposit_stats()') is not null as history`;
        const { counts, history } = (await client.query(call)).rows[0];
        await client.query('savepoint refreshing');
        // Between two files that belong together the old functions may find their statistic gone. They say so, and harm nothing.
        if (counts && history)
          await client.query(refresh).catch(() => client.query('rollback to refreshing'));
        for (const { sql } of files) await client.query(sql);
        await client.query(refresh);
        expect((await client.query('select * from audit_statistics()')).rows).toEqual([]);
        const found = await catalogOf(client, without);
        expect(found, `${applied} files`).toEqual(fresh.slice(0, found.length));
        // What tells of times (a file writes the storage options, with the moment) and of how the state was reached differs; all else is the same.
        const times = /^(storage_options|statistics_(publications|sources)|.*_seq):|_changes: /;
        const contents = (await contentsOf(client)).filter((line) => !times.test(line));
        expect(contents, `${applied} files`).toEqual(
          fresh.slice(found.length).filter((line) => !times.test(line)),
        );
      });
    }
  });

  test('because a file was interrupted after any of its statements, has what that file makes when it has run again', async () => {
    for (const { name, sql } of files) {
      const script = await parseScript(name, sql);
      let whole: string[] = [];
      await undone(async () => {
        await client.query(sql);
        whole = await catalogOf(client, without);
      });
      for (const done of script.statements.keys()) {
        // Each third one, and the last: to look at everything takes a while.
        if (done === 0 || (done % 3 !== 1 && done < script.statements.length - 1)) continue;
        await undone(async () => {
          for (const statement of script.statements.slice(0, done))
            await client.query(statementText(script, statement));
          await client.query(sql);
          expect(await catalogOf(client, without), `${name} after statement ${done}`).toEqual(whole);
        });
      }
      await client.query(sql);
    }
  });
});
