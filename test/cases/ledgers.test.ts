import { expect } from 'vitest';
import { type Bench, engineCase, ledgerOf, tablesOf } from '../support/cases.ts';

const REFUSAL = { hint: 'See what taking its ledger over would do: registry-jobs adopt' };

/** `adopt` without `--yes`: says what it would do, and does nothing. */
async function expectShown(bench: Bench, shown: string): Promise<void> {
  const { code, stdout, stderr } = await bench.run('adopt');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.replaceAll(bench.database.name, 'DB')).toBe(
    `${shown}\nNothing was written yet. To write it:\n  registry-jobs adopt --yes\n`,
  );
}

engineCase('G1', async (bench) => {
  await bench.query(`create table schema_migrations (version varchar not null primary key);
    insert into schema_migrations select 20190101000000 + g from generate_series(1, 5) g`);
  bench.write({ '001_a.sql': 'create table a (x int)' });
  const { code, stdout } = await bench.run('up');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Warning: 5 versions were applied by another tool and have no file: 20190101000001, 20190101000002, 20190101000003 and 2 more\.\nApplied migrations\/001_a\.sql in .*\n1 migration applied to /,
  );
  expect((await bench.run('status', '--check')).code).toBe(0);
  expect(await bench.json('status')).toMatchObject({
    status: 'up-to-date',
    entries: [{ version: '001_a' }, ...Array.from({ length: 5 }, () => ({ state: 'other-tool' }))],
  });
  expect(await bench.json('verify')).toMatchObject({ code: 0, checked: 1 });
  expect(await bench.query('select count(*)::int from schema_migrations where checksum is null')).toEqual([
    { count: 5 },
  ]);
});

engineCase('G2', async (bench) => {
  await bench.query(`create table schema_migrations (version varchar not null primary key);
    insert into schema_migrations values ('20190101'), ('20190102'), ('20180101')`);
  bench.write({
    '20190101_a.sql': 'select 1/0',
    '20190102_b.up.sql': 'select 1/0',
    '20190103_c.sql': 'create table c (x int)',
  });
  // The version of a pair is its number, so that one is known already.
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    error: {
      code: 'not-adopted',
      message: 'migrations/20190101_a.sql has the number of 20190101, which another tool applied.',
      ...REFUSAL,
    },
  });
  const before = await bench.query('select * from schema_migrations');
  await expectShown(
    bench,
    `These versions have no file: 20180101.
  renamed      20190101 -> 20190101_a  migrations/20190101_a.sql
  checksum     20190102  migrations/20190102_b.up.sql
2 rows would change in the ledger of DB on 127.0.0.1 as postgres.`,
  );
  expect(await bench.query('select * from schema_migrations')).toEqual(before);
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '20190103_c' }] });
  expect(await tablesOf(bench)).toEqual(['c']);
  expect(await bench.query('select version from schema_migrations order by 1')).toEqual(
    ['20180101', '20190101_a', '20190102', '20190103_c'].map((version) => ({ version })),
  );
});

engineCase('G3', async (bench) => {
  await bench.query(`create table schema_migrations (version varchar primary key, started_at timestamp, finished_at timestamp);
    insert into schema_migrations values ('001_a', '2020-01-01', '2020-01-02'), ('2', '2020-01-03', '2020-01-04')`);
  bench.write({ '001_a.sql': 'select 1/0', '002_b.sql': 'select 1/0', '003_c.sql': 'select 1' });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'not-adopted', ...REFUSAL } });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 0,
    changes: [
      { version: '001_a', to: '001_a' },
      { version: '2', to: '002_b' },
    ],
  });
  expect(
    await bench.query(
      `select version, started_at::text, finished_at::text, length(checksum) from schema_migrations order by 1`,
    ),
  ).toEqual([
    { version: '001_a', started_at: '2020-01-01 00:00:00', finished_at: '2020-01-02 00:00:00', length: 64 },
    { version: '002_b', started_at: '2020-01-03 00:00:00', finished_at: '2020-01-04 00:00:00', length: 64 },
  ]);
  expect(await bench.up()).toMatchObject({ applied: [{ version: '003_c' }] });
});

const GOLANG = `create table schema_migrations (version bigint not null primary key, dirty boolean not null)`;
const PAIRS = {
  '1_a.up.sql': 'select 1/0',
  '2_b.up.sql': 'select 1/0',
  '3_c.up.sql': 'create table c (x int)',
};

engineCase('G4', async (bench) => {
  await bench.query(`${GOLANG}; insert into schema_migrations values (2, false)`);
  bench.write(PAIRS);
  for (const command of ['up', 'status', 'plan', 'verify']) {
    expect(await bench.json(command)).toMatchObject({
      code: 1,
      error: {
        code: 'foreign-ledger',
        message: expect.stringMatching(/schema_migrations is not our ledger: its column/),
        hint: 'Nothing was changed. If it is no ledger, name another table with --ledger. If another migration tool made it, see what adopting it would do: registry-jobs adopt',
      },
    });
  }
  await expectShown(
    bench,
    `golang-migrate is at version 2. Its table is kept as ${bench.dialect.schema}.schema_migrations_golang_migrate.
  applied      1  migrations/1_a.up.sql
  applied      2  migrations/2_b.up.sql
2 rows would change in the ledger of DB${bench.dialect.place}.`,
  );
  const before = await bench.query('select * from schema_migrations');
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(await bench.query('select * from schema_migrations_golang_migrate')).toEqual(before);
  expect(await bench.up()).toMatchObject({ applied: [{ version: '3' }] });
  expect(await ledgerOf(bench)).toEqual(['1', '2', '3']);
});

engineCase('G5', async (bench) => {
  await bench.query(`${GOLANG}; insert into schema_migrations values (2, true)`);
  const before = await bench.query('select * from schema_migrations');
  bench.write(PAIRS);
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 1,
    error: {
      code: 'dirty',
      message: 'golang-migrate calls version 2 dirty: it failed half way.',
      hint: 'See what of it is in the database, and finish it or undo it by hand. Then say so: migrate -path DIR -database URL force 2, or where nothing of it is there: migrate -path DIR -database URL force 1. After that: registry-jobs adopt',
    },
  });
  expect(await bench.query('select * from schema_migrations')).toEqual(before);
});

/** As Flyway makes it. */
const FLYWAY = `create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time int not null, success boolean not null);
  insert into flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success)
    values (1, '1', 'a', 'SQL', 'V1__a.sql', 'me', 1, true), (2, '1.1', 'x', 'SQL', 'V1_1__x.sql', 'me', 1, true),
      (3, '002', 'b', 'SQL', 'V002__b.sql', 'me', 1, true), (4, null, 'views', 'SQL', 'R__views.sql', 'me', 1, true)`;

engineCase('G6', async (bench) => {
  await bench.query(FLYWAY);
  const history = await bench.query('select * from flyway_schema_history');
  bench.write({
    '001_a.sql': 'select 1/0',
    '002_b.sql': 'select 1/0',
    '003_c.sql': 'create table c (x int)',
  });
  expect(await bench.json('status', '--check')).toMatchObject({ code: 1, status: 'invalid' });
  expect((await bench.run('up')).stderr).toBe(`error: 2 things keep the migrations from running: [cannot-plan]
- migrations/001_a.sql has the number of 1, which Flyway applied. [not-adopted]
  What to do: See what taking its ledger over would do: registry-jobs adopt
- migrations/002_b.sql has the number of 002, which Flyway applied. [not-adopted]
  What to do: See what taking its ledger over would do: registry-jobs adopt
What to do: Settle them all, then run again.
`);
  await expectShown(
    bench,
    `Flyway keeps its own table; it is left as it is.
No file has the number of these versions: 1.1.
  applied      001_a  migrations/001_a.sql
  applied      002_b  migrations/002_b.sql
2 rows would change in the ledger of DB on 127.0.0.1 as postgres.`,
  );
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '003_c' }] });
  expect(await ledgerOf(bench)).toEqual(['001_a', '002_b', '003_c']);
  expect(await bench.query('select * from flyway_schema_history')).toEqual(history);
});

engineCase('G7', async (bench) => {
  await bench.query(`${FLYWAY}; update flyway_schema_history set success = false where installed_rank = 3`);
  bench.write({ '001_a.sql': 'select 1/0' });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 1,
    error: {
      code: 'dirty',
      message: 'Flyway says that version 002 failed.',
      hint: 'Mend the database, and run its own "repair" first.',
    },
  });
  expect((await bench.json('up')).code).toBe(1);
  expect(await tablesOf(bench)).toEqual(['flyway_schema_history']);
});

engineCase('G8', async (bench) => {
  await bench.query(`create table schema_migrations (version varchar(128) primary key);
    insert into schema_migrations values ('20190101000000')`);
  // One file for both ways is what dbmate writes; it has to be split first.
  bench.write({ '20190101000000_a.sql': '-- migrate:up\nselect 1/0;\n-- migrate:down\nselect 1/0;\n' });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'way-back-inside' } });
  bench.write({ '20190101000000_a.sql': '-- migrate:up\nselect 1/0;\n', '20190102000000_b.sql': 'select 1' });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'not-adopted', ...REFUSAL } });
  await expectShown(
    bench,
    `  renamed      20190101000000 -> 20190101000000_a  migrations/20190101000000_a.sql
1 row would change in the ledger of DB${bench.dialect.place}.`,
  );
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '20190102000000_b' }] });
});

engineCase('G9', async (bench) => {
  await bench.query(
    'create table schema_migrations (id int, name text); insert into schema_migrations (id) values (1)',
  );
  bench.write({ '1_a.sql': 'create table a (x int)' });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'foreign-ledger' } });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 1,
    error: {
      code: 'foreign-ledger',
      message: `${bench.dialect.schema}.schema_migrations is of no tool that we know: it has no column version.`,
    },
  });
  expect(await bench.query('select * from schema_migrations')).toEqual([{ id: 1, name: null }]);
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('G10', async (bench) => {
  const sql = (version: string) => `insert into schema_migrations (version, started_at, finished_at)
      values ('${version}', current_timestamp, current_timestamp) on conflict do nothing;
    ${bench.dialect.fails};`;
  bench.write({ '001_a.sql': sql('001_a') });
  expect((await bench.run('up')).code).toBe(1);
  expect(await ledgerOf(bench)).toEqual([]);

  bench.write({ '001_a.sql': `-- registry-jobs: transaction off\n${sql('001_a')}` });
  expect((await bench.run('up')).code).toBe(1);
  // Without a transaction its row stays, and looks finished.
  expect(await ledgerOf(bench)).toEqual(['001_a']);
  expect(await bench.json('status', '--check')).toMatchObject({
    code: 1,
    entries: [{ version: '001_a', state: 'half-done' }],
  });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'half-done' } });
  bench.write({
    '001_a.sql': `-- registry-jobs: transaction off\n${sql('001_a').replace(bench.dialect.fails, 'select 1')}`,
  });
  expect(await bench.json('resume')).toMatchObject({ code: 0, applied: [{ version: '001_a' }] });
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});

engineCase('G11', async (bench) => {
  await bench.query(`${GOLANG}; insert into schema_migrations values (9007199254740993, false)`);
  bench.write({
    '9007199254740993_a.up.sql': 'select 1/0',
    '9007199254740994_b.up.sql': 'create table b (x int)',
  });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '9007199254740993' }],
    notes: [
      `golang-migrate is at version 9007199254740993. Its table is kept as ${bench.dialect.schema}.schema_migrations_golang_migrate.`,
    ],
  });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '9007199254740994' }] });
});

engineCase('G12', async (bench) => {
  await bench.query(GOLANG);
  bench.write({ '1_a.up.sql': 'create table a (x int)' });
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'foreign-ledger' } });
  await expectShown(
    bench,
    `golang-migrate is at no version: nothing is applied. Its table is kept as ${bench.dialect.schema}.schema_migrations_golang_migrate.
No row would change in the ledger of DB${bench.dialect.place}.`,
  );
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'changed', changes: [] });
  expect(await bench.query('select * from schema_migrations_golang_migrate')).toEqual([]);
  expect(await bench.up()).toMatchObject({ applied: [{ version: '1' }] });
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});

engineCase('G13', async (bench) => {
  const rows = [
    [0, null, '<< Flyway Schema Creation >>', 'SCHEMA', '"x"'],
    [1, '2', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>'],
    [2, '3', 'c', 'SQL', 'V3__c.sql'],
    [3, '4', 'd', 'SQL', 'V4__d.sql'],
    [4, '4', 'd', 'UNDO_SQL', 'U4__d.sql'],
    [5, '5', 'e', 'SQL', 'V5__e.sql'],
    [6, '5', 'e', 'DELETE', 'V5__e.sql'],
    [7, '3', 'c', 'UNDO_SQL', 'U3__c.sql'],
    [8, '3', 'c', 'SQL', 'V3__c.sql'],
  ];
  await bench.query(`${FLYWAY}; delete from flyway_schema_history`);
  for (const row of rows) {
    await bench.query(
      `insert into flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success)
        values ($1, $2, $3, $4, $5, 'me', 1, true)`,
      row,
    );
  }
  bench.write({
    '1_a.sql': 'select 1/0',
    '2_b.sql': 'select 1/0',
    '3_c.sql': 'select 1/0',
    '4_d.sql': 'create table d (x int)',
    '5_e.sql': 'create table e (x int)',
  });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '1_a' }, { version: '2_b' }, { version: '3_c' }],
    notes: [
      'Flyway keeps its own table; it is left as it is.',
      'Its baseline is 2: what comes up to there was in the database before Flyway.',
      'It undid or deleted these versions, so they are pending: 4, 5.',
    ],
  });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '4_d' }, { version: '5_e' }] });

  // With everything undone there is nothing to take over, and nothing that keeps up from running.
  await bench.query(`drop table d, e, schema_migrations, schema_migrations_journal`);
  await bench.query(`delete from flyway_schema_history where installed_rank in (1, 2, 7, 8)`);
  bench.write({ '1_a.sql': 'select 1', '2_b.sql': 'select 1', '3_c.sql': 'select 1' });
  expect(await bench.json('adopt', '--yes')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.up()).toMatchObject({ applied: [{}, {}, {}, {}, {}] });
});

engineCase('G14', async (bench) => {
  await bench.query(
    `create table schema_migrations (version varchar primary key); insert into schema_migrations values ('14'), ('014')`,
  );
  bench.write({ '014_a.sql': 'select 1/0' });
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 1,
    error: {
      code: 'two-versions',
      message: 'migrations/014_a.sql has the number of two applied versions: 014 and 14.',
      hint: `Delete the one that is wrong from ${bench.dialect.schema}.schema_migrations, then: registry-jobs adopt`,
    },
  });
  // The same, where one of them has the name of the file already.
  await bench.query(`update schema_migrations set version = '014_a' where version = '014'`);
  expect(await bench.json('adopt', '--yes')).toMatchObject({
    code: 1,
    error: { message: 'migrations/014_a.sql has the number of two applied versions: 014_a and 14.' },
  });
  await bench.query(`delete from schema_migrations where version = '14'`);
  expect((await bench.json('adopt', '--yes')).code).toBe(0);
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});
