import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { down } from '../../lib/jobs/down.ts';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { verify } from '../../lib/jobs/verify.ts';
import { database, test } from '../support/concurrent.ts';
import { settledQuery } from '../support/database.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const OFF = '-- registry-jobs: transaction off\n';

const settings = () => settingsFor(database.url);
const run = async (sql: string, onEvent?: (event: MigrationEvent) => void) =>
  up(await compile({ '1_a.sql': OFF + sql }), settings(), onEvent ? { onEvent } : {});
const again = async (sql: string) => resume(await compile({ '1_a.sql': OFF + sql }), settings());
const journal = async () =>
  (
    await database.query(
      `select status || ' ' || done || '/' || statements || case when uncertain then ' uncertain' else '' end as line
       from schema_migrations_journal order by started_at`,
    )
  ).map(({ line }) => line);
const values = async (table = 'n') =>
  (await database.query(`select x from ${table} order by 1`)).map(({ x }) => x);

/** A transaction that holds what `sql` takes, until `release`. */
async function hold(sql: string) {
  const client = await database.connect();
  await client.query(`begin isolation level repeatable read; ${sql}`);
  return { release: () => client.query('rollback') };
}

describe.concurrent('what may commit part of its work is never run twice', () => {
  const PROCEDURE = `create table n (x int); create table locked (x int);
    create procedure p() language plpgsql as $$
    begin insert into n values (1); commit; perform 1 from locked; lock table locked; insert into n values (2); end $$;`;

  test.each([
    ['a procedure', 'call p();'],
    [
      'a DO block',
      'do $$ begin insert into n values (1); commit; lock table locked; insert into n values (2); end $$;',
    ],
  ])('%s that commits, then waits for a lock', async (_, statement) => {
    await database.query(PROCEDURE);
    const other = await hold('lock table locked in access share mode');
    const events: string[] = [];
    const report = await run(`create table first (x int);\n${statement}`, ({ type }) => events.push(type));
    expect(report).toMatchObject({
      status: 'failed',
      failed: { outcome: 'half-done', done: 1, uncertain: 2, error: { sqlstate: '55P03' } },
    });
    expect(events).not.toContain('migration-retried');
    expect(await values()).toEqual([1]);
    expect(await journal()).toEqual(['failed 1/2 uncertain']);
    await other.release();
  });

  test('one that fails before it has committed anything is known to be undone, and resumed', async () => {
    const sql = (divisor: number) =>
      `create table n (x int);\ndo $$ begin insert into n values (1 / ${divisor}); end $$;`;
    expect(await run(sql(0))).toMatchObject({ failed: { outcome: 'half-done', done: 1 } });
    expect((await run(sql(0)).catch((error: unknown) => error)) as object).toMatchObject({
      code: 'half-done',
    });
    expect(await journal()).toEqual(['failed 1/2']);
    expect(await again(sql(1))).toMatchObject({ status: 'applied' });
    expect(await values()).toEqual([1]);
  });

  test('one whose answer is lost is neither done nor not done', async () => {
    await database.query(PROCEDURE);
    const compiled = await compile({ '1_a.sql': `${OFF}call p();` });
    const report = await withProxy(database.url, cutAfter('call p()'), (url) => up(compiled, patient(url)));
    expect(report).toMatchObject({ failed: { outcome: 'half-done', done: 0, uncertain: 1 } });
    expect(await journal()).toEqual(['failed 0/1 uncertain']);
  });
});

/** Without a second session that looks who is in the way: it would be cut in the place of the first. */
const patient = (url: string) => settingsFor(url, { lockTimeoutMs: 60_000 });

/** Lets a text pass to the server, waits until it is worked on, and cuts the connection in place of the answer. */
function cutAfter(text: string) {
  let isOn = false;
  return {
    toServer: (bytes: Buffer) => {
      if (bytes.includes(text)) isOn = true;
      return bytes;
    },
    toClient: (bytes: Buffer) => {
      if (!isOn) return bytes;
      isOn = false;
      return 'cut' as const;
    },
  };
}

describe.concurrent('a statement whose answer is lost', () => {
  const INSERT = 'create table if not exists n (x int);\ninsert into n values (42);\nselect 1;';

  test.each([
    ['insert into n values (42)', INSERT],
    ['create index concurrently i on t (id)', 'select 1;\ncreate index concurrently i on t (id);\nselect 2;'],
    ['drop index concurrently old', 'select 1;\ndrop index concurrently old;\nselect 2;'],
    ['reindex table concurrently t', 'select 1;\nreindex table concurrently t;\nselect 2;'],
    ['vacuum t', 'select 1;\nvacuum t;\nselect 2;'],
  ])('%s: what is reported as done is done, and resume does it once', async (text, sql) => {
    await database.query(
      'create table t (id int); insert into t select generate_series(1, 1000); create index old on t (id)',
    );
    const compiled = await compile({ '1_a.sql': OFF + sql });
    const report = await withProxy(database.url, cutAfter(text), (url) => up(compiled, patient(url)));
    expect(report.failed).toMatchObject({ outcome: 'half-done' });
    expect(report.failed?.uncertain).toBeUndefined();
    const isDone = report.failed?.done === 2;
    if (text.startsWith('insert')) expect((await values()).length).toBe(isDone ? 1 : 0);
    expect(await again(sql)).toMatchObject({ status: 'applied' });
    if (text.startsWith('insert')) expect(await values()).toEqual([42]);
    expect(await database.query('select indexrelid::regclass from pg_index where not indisvalid')).toEqual(
      [],
    );
  });
});

test('a record that is lost with all that comes after it: what is done is counted once, also by who goes on', async () => {
  await database.query('create table t (id int); create index old on t (id)');
  const compiled = await compile({ '1_a.sql': `${OFF}drop index concurrently old;` });
  const cutBefore = (text: string) => {
    let isCut = false;
    const toServer = (bytes: Buffer) => {
      if (isCut || !bytes.includes(text)) return bytes;
      isCut = true;
      return 'cut' as const;
    };
    return { toServer, toClient: (bytes: Buffer) => bytes };
  };
  // Of the statement itself; then, in what goes on, of the row in the ledger.
  const lost = await withProxy(database.url, cutBefore('done_checksum ='), (url) =>
    up(compiled, patient(url)),
  );
  expect(lost).toMatchObject({ failed: { outcome: 'half-done', done: 1 } });
  const again = await withProxy(database.url, cutBefore('WITH known AS'), (url) =>
    resume(compiled, patient(url)),
  );
  expect(again).toMatchObject({ failed: { outcome: 'half-done', done: 1 } });
  expect(await journal()).toEqual(['failed 1/1', 'failed 1/1']);
  expect(await resume(compiled, settings())).toMatchObject({ status: 'applied' });
});

describe.concurrent('CONCURRENTLY beside somebody who reads', () => {
  const READ_MS = 1_500;
  const INVALID = 'select indexrelid::regclass::text as name from pg_index where not indisvalid';

  const beside = async (sql: string) => {
    const reader = await hold('select count(*) from t');
    const waits: string[] = [];
    const timer = setTimeout(() => void reader.release(), READ_MS);
    try {
      const report = await run(sql, (event) => {
        if (event.type === 'blocked') waits.push(event.blockers.map(({ query }) => query).join());
        if (event.type === 'migration-retried') waits.push('retried');
      });
      return { report, waits };
    } finally {
      clearTimeout(timer);
    }
  };

  test.each([
    [
      'create index concurrently t_id on t (id);',
      `select count(*)::int as n from pg_index where indrelid = 't'::regclass and indisvalid`,
      2,
    ],
    [
      'reindex table concurrently t;',
      `select count(*)::int as n from pg_index where indrelid = 't'::regclass`,
      1,
    ],
    [
      'reindex index concurrently t_old;',
      `select count(*)::int as n from pg_index where indrelid = 't'::regclass`,
      1,
    ],
    [
      'drop index concurrently t_old;',
      `select count(*)::int as n from pg_index where indrelid = 't'::regclass`,
      0,
    ],
  ])(
    '%s waits for as long as it takes, says for whom, and leaves nothing invalid',
    async (sql, question, expected) => {
      await database.query(
        'create table t (id int); insert into t select generate_series(1, 100); create index t_old on t (id)',
      );
      const { report, waits } = await beside(sql);
      expect(report).toMatchObject({ status: 'applied', applied: [{ attempts: 1 }] });
      expect(waits).toEqual([expect.stringContaining('select count(*) from t')]);
      expect(await database.query(INVALID)).toEqual([]);
      expect(await database.query(question)).toEqual([{ n: expected }]);
    },
  );

  test('detaching a partition waits, and is not left pending', async ({ skip }) => {
    const [{ version }] = (await database.query(
      `select current_setting('server_version_num')::int as version`,
    )) as [{ version: number }];
    if (version < 140_000) skip();
    await database.query(`create table t (id int) partition by range (id);
      create table t1 partition of t for values from (1) to (10); create table t2 partition of t for values from (10) to (20)`);
    const { report } = await beside('alter table t detach partition t1 concurrently;');
    expect(report).toMatchObject({ status: 'applied' });
    expect(await database.query('select inhrelid::regclass::text as name from pg_inherits')).toEqual([
      { name: 't2' },
    ]);
  });

  test('a lock timeout in the header of the file is kept to', async () => {
    await database.query('create table t (id int)');
    const reader = await hold('select count(*) from t');
    const compiled = await compile({
      '1_a.sql': `${OFF}-- registry-jobs: lock-timeout 50ms\ncreate index concurrently t_id on t (id);`,
    });
    const first = up(compiled, settings());
    await sleep(400);
    await reader.release();
    expect(await first).toMatchObject({ status: 'applied' });
    expect(await database.query(INVALID)).toEqual([]);
  });
});

/** Until a statement waits for a lock. */
async function waiting(text: string) {
  for (;;) {
    const found = await database.query(
      `select from pg_stat_activity where datname = current_database() and query like $1 and wait_event_type = 'Lock'`,
      [`${text}%`],
    );
    if (found.length > 0) return;
    await sleep(10);
  }
}

describe.concurrent('what an interruption leaves is found before the statement runs again', () => {
  /** Cancels the statement of the run once it waits for a reader. */
  async function interrupted(sql: string, text: string) {
    const reader = await hold('select count(*) from t');
    const report = run(sql);
    for (;;) {
      const [waiting] = await database.query(
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like $1 and wait_event_type = 'Lock'`,
        [`${text}%`],
      );
      if (waiting) break;
      await sleep(10);
    }
    const told = await report;
    await reader.release();
    return told;
  }

  test('invalid copies of a REINDEX', async () => {
    await database.query('create table t (id int primary key); insert into t select generate_series(1, 100)');
    const sql = 'reindex table concurrently t;';
    for (let round = 0; round < 2; round++) {
      if (round === 0) expect(await interrupted(sql, 'reindex')).toMatchObject({ failed: { done: 0 } });
    }
    const invalid = 'select count(*)::int as n from pg_index where not indisvalid';
    expect(await database.query(invalid)).toEqual([{ n: 1 }]);
    expect(await again(sql)).toMatchObject({ status: 'applied' });
    expect(
      await database.query(
        `select indexrelid::regclass::text as name from pg_index where indrelid = 't'::regclass`,
      ),
    ).toEqual([{ name: 't_pkey' }]);
  });

  test('an invalid index of CREATE INDEX, looked for beside its table and not along the search path', async () => {
    await database.query(`create schema other; create table other.u (id int); insert into other.u values (1), (1);
      create table t (id int); insert into t select generate_series(1, 100)`);
    // Of the same name, in another schema that comes first.
    const client = await database.connect();
    await settledQuery(client, 'create unique index concurrently i on other.u (id)').catch(() => {});
    const sql = 'set search_path = other, public;\ncreate index concurrently i on t (id);';
    expect(await run(sql)).toMatchObject({ status: 'applied' });
    expect(
      await database.query(
        `select indexrelid::regclass::text as name, indisvalid from pg_index where indexrelid::regclass::text ~ 'i$' order by 1`,
      ),
    ).toEqual([
      { name: 'i', indisvalid: true },
      { name: 'other.i', indisvalid: false },
    ]);
  });

  test('an invalid index of the same name on another table is not taken for the one that was asked for', async () => {
    await database.query('create table u (id int); insert into u values (1), (1); create table t (id int)');
    const client = await database.connect();
    await settledQuery(client, 'create unique index concurrently i on u (id)').catch(() => {});
    const report = await run('create index concurrently if not exists i on t (id);');
    expect(report.failed?.error).toMatchObject({
      code: 'invalid-index',
      message: 'public.i is an invalid index.',
    });
  });

  const INDEXES = `select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 't'::regclass order by 1`;

  test.each([
    ['another name', 'create index concurrently better on t (id);', ['better']],
    ['another table', 'create index concurrently i on u (id);', []],
    ['another statement', 'create table v (x int);', []],
    ['no statement', '', []],
  ])('an invalid index, after the file was given %s', async (_, mended, names) => {
    await database.query('create table t (id int); insert into t values (1); create table u (id int)');
    const first = 'create schema other; set search_path = other, public;\n';
    const told = await interrupted(`${first}create index concurrently i on t (id);`, 'create index');
    expect(told).toMatchObject({ failed: { done: 2 } });
    expect(await again(first + mended)).toMatchObject({ status: 'applied' });
    expect(await database.query(INDEXES)).toEqual(names.map((name) => ({ name, valid: true })));
  });

  test('copies of a REINDEX, after the file was given another one', async () => {
    await database.query('create table t (id int primary key); create table u (id int)');
    const told = await interrupted('reindex table concurrently t;', 'reindex');
    expect(told).toMatchObject({ failed: { done: 0 } });
    expect(await again('reindex table u;')).toMatchObject({ status: 'applied' });
    expect(await database.query(INDEXES)).toEqual([{ name: 't_pkey', valid: true }]);
  });

  test('what only a person can decide is told, with the statement that finishes it', async () => {
    await database.query('create table t (id int); create index i on t (id); create index j on t (id)');
    expect(await interrupted('drop index concurrently i;', 'drop index')).toMatchObject({
      failed: { done: 0 },
    });
    expect(await again('drop index concurrently j;')).toMatchObject({
      status: 'failed',
      failed: {
        outcome: 'half-done',
        error: {
          code: 'cannot-resume',
          message:
            'Statement 1 of migrations/1_a.sql was changed after it was begun. What it was before is half done: dropping the index "i".',
          location: { line: 2, column: 1 },
          hint: 'Finish it: DROP INDEX CONCURRENTLY "i". Then go on with: registry-jobs resume',
        },
      },
    });
    // Asked again, it says so again.
    expect(await again('drop index concurrently j;')).toMatchObject({
      failed: { error: { code: 'cannot-resume' } },
    });
    await database.query('drop index concurrently "i"');
    expect(await again('drop index concurrently j;')).toMatchObject({ status: 'applied' });
    expect(await database.query(INDEXES)).toEqual([]);
  });

  test('work that was done in whole by a run that was killed before it could say so is told as well', async () => {
    await database.query('create table t (id int)');
    await run('create index concurrently i on t (id);\nselect 1/0;');
    // As the journal was a moment before that statement was put on record.
    const begun = JSON.stringify({ leftover: { kind: 'index', table: 't', name: 'i' } });
    await database.query(
      `update schema_migrations_journal set status = 'running', done = 0, begun = $1,
       done_checksum = encode(sha256(''), 'hex')`,
      [begun],
    );
    expect(await again('create index concurrently better on t (id);')).toMatchObject({
      failed: {
        error: {
          code: 'cannot-resume',
          message:
            'Statement 1 of migrations/1_a.sql was changed after it was begun. What it was before is done: building the index "i" on t.',
          hint: 'Undo that work if nobody needs it, then go on with: registry-jobs resume --from 1',
        },
      },
    });
    const compiled = await compile({ '1_a.sql': `${OFF}create index concurrently better on t (id);` });
    expect(await resume(compiled, settings(), { from: 1 })).toMatchObject({ status: 'applied' });
    expect(await database.query(INDEXES)).toMatchObject([{ name: 'better' }, { name: 'i' }]);
  });

  test('what had never been there is not what was done', async () => {
    await database.query('create table t (id int); create index i on t (id)');
    expect(await run('drop index concurrently typo;')).toMatchObject({ failed: { done: 0 } });
    expect(await again('drop index concurrently i;')).toMatchObject({ status: 'applied' });
    expect(await database.query(INDEXES)).toEqual([]);
  });

  test('an index of that name that was there before is not what was built', async () => {
    await database.query('create table t (id int, v text); create index i on t (id)');
    const sql = 'create unique index concurrently i on t (v);';
    expect(await run(sql)).toMatchObject({ failed: { done: 0, error: { sqlstate: '42P07' } } });
    // As a run leaves it that is killed in the middle of the statement.
    await database.query(`update schema_migrations_journal set status = 'running'`);
    expect(await again(sql)).toMatchObject({ failed: { done: 0, error: { sqlstate: '42P07' } } });
    await database.query('drop index i');
    expect(await again(sql)).toMatchObject({ status: 'applied' });
    expect(await database.query(`select indexdef from pg_indexes where indexname = 'i'`)).toEqual([
      { indexdef: 'CREATE UNIQUE INDEX i ON public.t USING btree (v)' },
    ]);
  });

  test.each([
    ['', { status: 'failed', failed: { error: { sqlstate: '42P07' } } }],
    ['if not exists ', { status: 'applied' }],
  ])(
    'an index that somebody else is building is left to them: create index concurrently %si',
    async (exists, told) => {
      await database.query('create table t (id int, v int)');
      const reader = await hold('select count(*) from t');
      const other = await database.connect();
      const build = other.query('create unique index concurrently i on t (id, v)');
      await waiting('create unique index concurrently i on t (id, v)');
      const report = run(`create index concurrently ${exists}i on t (id);`);
      await waiting(`create index concurrently ${exists}i on t (id)`);
      const compiled = await compile({ '1_a.sql': OFF });
      const { problems } = await verify(compiled, settings());
      expect(problems.map(({ code }) => code)).not.toContain('invalid-index');
      await reader.release();
      await build;
      expect(await report).toMatchObject(told);
      expect(await database.query(INDEXES)).toEqual([{ name: 'i', valid: true }]);
      expect(await database.query(`select indexdef from pg_indexes where indexname = 'i'`)).toEqual([
        { indexdef: 'CREATE UNIQUE INDEX i ON public.t USING btree (id, v)' },
      ]);
    },
  );

  test('a partition half detached is finished', async ({ skip }) => {
    const [{ version }] = (await database.query(
      `select current_setting('server_version_num')::int as version`,
    )) as [{ version: number }];
    if (version < 140_000) skip();
    await database.query(`create table t (id int) partition by range (id);
      create table t1 partition of t for values from (1) to (10); create table t2 partition of t for values from (10) to (20)`);
    const sql = 'alter table t detach partition t1 concurrently;';
    expect(await interrupted(sql, 'alter table t detach')).toMatchObject({ failed: { done: 0 } });
    expect(
      await database.query(
        `select inhdetachpending as pending from pg_inherits where inhrelid = 't1'::regclass`,
      ),
    ).toEqual([{ pending: true }]);
    expect(await verify(await compile({ '1_a.sql': OFF + sql }), settings())).toMatchObject({
      problems: [
        { code: 'half-done' },
        {
          code: 'half-detached',
          message: 'The partition t1 of t is half detached: nobody finished that.',
          hint: 'Finish it: ALTER TABLE t DETACH PARTITION t1 FINALIZE',
        },
      ],
    });
    expect(await again(sql)).toMatchObject({ status: 'applied' });
    expect(await database.query('select inhrelid::regclass::text as name from pg_inherits')).toEqual([
      { name: 't2' },
    ]);
  });
});

describe.concurrent('the session of the file', () => {
  test('a user who begins as another role may run it', async () => {
    const role = `m_${database.name}`;
    await database.query(`create role ${role}_owner; create role ${role} login noinherit password 'x' in role ${role}_owner;
      grant all on schema public to ${role}_owner; grant all on database ${database.name} to ${role}_owner;
      alter role ${role} in database ${database.name} set role = ${role}_owner`);
    try {
      const url = new URL(database.url);
      url.username = role;
      url.password = 'x';
      const compiled = await compile({
        '1_a.sql': `${OFF}create table n (x int);\ninsert into n values (1);`,
      });
      expect(await up(compiled, settingsFor(url.toString()))).toMatchObject({ status: 'applied' });
      expect(await database.query(`select tableowner from pg_tables where tablename = 'n'`)).toEqual([
        { tableowner: `${role}_owner` },
      ]);
    } finally {
      await database.query(
        `drop owned by ${role}_owner; drop owned by ${role}; drop role ${role}; drop role ${role}_owner`,
      );
    }
  });

  test('what the text of a statement does not tell: it cannot run inside a transaction block', async () => {
    await database.query(`create table t (id int) partition by range (id); create table t1 partition of t for values from (1) to (10);
      create index on t (id)`);
    expect(await run('select 1;\nreindex table t;\nselect 2;')).toMatchObject({ status: 'applied' });
    expect(await journal()).toEqual(['applied 3/3']);
  });

  test('a down file without a transaction goes the same way', async () => {
    const files = {
      '1_a.up.sql': 'create table n (x int)',
      '1_a.down.sql': `${OFF}insert into n values (1);\ndrop table nowhere;\ndrop table n;`,
    };
    const compiled = await compile(files);
    await up(compiled, settings());
    expect(await down(compiled, settings(), { steps: 1 })).toMatchObject({
      failed: { direction: 'down', done: 1 },
    });
    expect(await values()).toEqual([1]);
    const mended = await compile({
      ...files,
      '1_a.down.sql': `${OFF}insert into n values (1);\nselect 1;\ndrop table n;`,
    });
    expect(await resume(mended, settings())).toMatchObject({
      status: 'applied',
      applied: [{ direction: 'down' }],
    });
    expect(await database.query('select * from schema_migrations')).toEqual([]);
  });
});
