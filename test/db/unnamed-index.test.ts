import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { readBefore, readNew, type Unnamed } from '../../lib/postgres/attempt/unnamed-index.ts';
import { type Connection, withConnection } from '../../lib/postgres/session/connection.ts';
import { database, test } from '../support/concurrent.ts';
import { settledQuery } from '../support/database.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const OFF = '-- registry-jobs: transaction off\n';
const BUILD = 'create index concurrently on t (a, lower(s) desc) include (c) where c is null;';
const UNIQUE = 'create unique index concurrently on t (a);';

const settings = (more = {}) => settingsFor(database.url, more);
const files = (sql: string) => compile({ '1_a.sql': OFF + sql });
const run = async (sql: string, more = {}) => up(await files(sql), settings(more));
const again = async (sql: string, options = {}) => resume(await files(sql), settings(), options);
const indexes = (table = 't') =>
  database
    .query(
      `select indexrelid::regclass::text || case when indisvalid then '' else ' invalid' end as name
        from pg_index where indrelid = $1::regclass order by 1`,
      [table],
    )
    .then((rows) => rows.map(({ name }) => name));
const makeTable = () =>
  database.query(`create table t (a int, s text, c int); insert into t values (1, 'x'), (2, 'y')`);

/** A transaction that a concurrent build has to wait for. */
async function reader() {
  const client = await database.connect();
  await client.query('begin isolation level repeatable read; select count(*) from t');
  return { release: () => client.query('rollback') };
}

/** Waits until a statement waits for others, and does something to its session: cancel or terminate. */
async function atWait(text: string, what: 'cancel' | 'terminate') {
  for (;;) {
    const found = await database.query(
      `select pg_${what}_backend(pid) from pg_stat_activity
        where datname = current_database() and query like $1 and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
      [`${text}%`],
    );
    if (found.length > 0) return;
    await sleep(10);
  }
}

/** Runs a build that is ended while it waits: what it leaves is invalid. */
async function ended(sql: string, what: 'cancel' | 'terminate', meanwhile = async () => {}) {
  const other = await reader();
  const running = run(sql);
  await atWait('create ', what);
  await meanwhile();
  await other.release();
  return running;
}

/** As a run leaves its row that is killed: nobody has said how it ended. */
const killed = (begun: unknown) =>
  database.query(
    `update schema_migrations_journal set status = 'running', finished_at = null, error = null, done = 0, uncertain = false,
      done_checksum = encode(sha256(''), 'hex'), begun = $1`,
    [JSON.stringify(begun)],
  );

const begunOf = async () =>
  (await database.query('select begun from schema_migrations_journal order by started_at desc limit 1'))[0]
    ?.begun;

describe.concurrent('a CREATE INDEX CONCURRENTLY without a name', () => {
  test.each<['cancel' | 'terminate']>([['cancel'], ['terminate']])(
    '%s in the middle: one index in the end',
    async (what) => {
      await makeTable();
      expect(await ended(BUILD, what)).toMatchObject({
        status: 'failed',
        failed: { outcome: 'half-done', done: 0 },
      });
      expect(await indexes()).toEqual(['t_a_lower_c_idx invalid']);
      expect(await again(BUILD)).toMatchObject({ status: 'applied' });
      expect(await indexes()).toEqual(['t_a_lower_c_idx']);
    },
  );

  test('the answer is lost after it was done: counted, and not built again', async () => {
    await makeTable();
    const compiled = await files(`${BUILD}\nselect 1;`);
    let isOn = false;
    const cutBefore = {
      toServer: (bytes: Buffer) => {
        if (!isOn && bytes.includes('done_checksum =')) {
          isOn = true;
          return 'cut' as const;
        }
        return bytes;
      },
      toClient: (bytes: Buffer) => bytes,
    };
    const lost = await withProxy(database.url, cutBefore, (url) =>
      up(compiled, settingsFor(url, { lockTimeoutMs: 60_000 })),
    );
    expect(lost).toMatchObject({ failed: { outcome: 'half-done', done: 1 } });
    expect(await again(`${BUILD}\nselect 1;`)).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_lower_c_idx']);
  });

  test('a run that is killed after it was done, and the table renamed since: not built again', async () => {
    await makeTable();
    await ended(BUILD, 'cancel');
    const begun = await begunOf();
    expect(await again(BUILD)).toMatchObject({ status: 'applied' });
    await database.query('delete from schema_migrations');
    await killed(begun);
    // The oid on record is that of the index in the place of the one that failed: both are newer than the record.
    await database.query('alter table t rename to u; alter table u rename column a to b');
    expect(await again(BUILD)).toMatchObject({ status: 'applied' });
    expect(await indexes('u')).toEqual(['t_a_lower_c_idx']);
  });

  test('what was there before is never touched, valid or not', async () => {
    await makeTable();
    await database.query('insert into t values (1)');
    const client = await database.connect();
    await settledQuery(client, 'create unique index concurrently mine on t (a)').catch(() => {});
    await client.query('create index theirs on t (a)');
    expect(await indexes()).toEqual(['mine invalid', 'theirs']);
    expect(await run(UNIQUE)).toMatchObject({ failed: { error: { sqlstate: '23505' } } });
    expect(await indexes()).toEqual(['mine invalid', 't_a_idx invalid', 'theirs']);
    await database.query('delete from t where s is null');
    expect(await again(UNIQUE)).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['mine invalid', 't_a_idx', 'theirs']);
  });

  test('of two that failed, ours is not told apart: a person is asked', async () => {
    await makeTable();
    await database.query('insert into t values (1)');
    await run(UNIQUE);
    const client = await database.connect();
    await settledQuery(client, 'create unique index concurrently mine on t (a)').catch(() => {});
    const { failed } = await again(UNIQUE);
    expect(failed?.error).toMatchObject({
      code: 'invalid-index',
      message:
        '"public"."mine" and "public"."t_a_idx" are invalid indexes like the one that statement 1 of migrations/1_a.sql builds, and whether the statement left them cannot be told.',
      location: { line: 2, column: 1 },
      hint: [
        'See whether somebody builds them at this moment; if not, drop them.',
        'DROP INDEX CONCURRENTLY "public"."mine";',
        'DROP INDEX CONCURRENTLY "public"."t_a_idx";',
        'Then go on with: registry-jobs resume',
      ].join('\n'),
    });
    expect(await indexes()).toEqual(['mine invalid', 't_a_idx invalid']);
    await database.query('drop index mine; drop index t_a_idx; delete from t where s is null');
    expect(await again(UNIQUE)).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_idx']);
  });

  test('terminated while somebody builds the same: nothing is claimed, and the names are told', async () => {
    await makeTable();
    const build = 'create index concurrently on t (a);\nselect 1;';
    const told = await ended(build, 'terminate', async () => {
      await database.query('create index theirs on t (a)');
    });
    expect(told).toMatchObject({
      failed: {
        outcome: 'half-done',
        done: 0,
        uncertain: 1,
        error: {
          code: 'connection-lost',
          detail:
            'Statement 1 of migrations/1_a.sql gives its index no name, and may be done: since it was begun, "public"."t_a_idx" (invalid) and "public"."theirs" (valid) came, and each of them is like what it builds.',
          hint: [
            'Find out who built what, and drop what is invalid and what nobody needs.',
            'DROP INDEX CONCURRENTLY "public"."t_a_idx";',
            'If one of them is its work: registry-jobs resume --from 2',
            'If none is: registry-jobs resume --from 1',
          ].join('\n'),
        },
      },
    });
    expect(await indexes()).toEqual(['t_a_idx invalid', 'theirs']);
    await expect(again(build)).rejects.toMatchObject({ code: 'cannot-resume' });
    await database.query('drop index t_a_idx');
    expect(await again(build, { from: 1 })).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_idx', 'theirs']);
  });

  test('killed, and a REINDEX gave the one from before another oid: nothing is claimed', async () => {
    await makeTable();
    await database.query('create index old on t (a)');
    const build = 'create index concurrently on t (a);';
    await ended(build, 'cancel');
    const begun = await begunOf();
    await database.query('drop index t_a_idx');
    const client = await database.connect();
    await client.query('reindex index concurrently old');
    await killed(begun);
    const { failed } = await again(build);
    expect(failed?.error).toMatchObject({
      code: 'cannot-resume',
      message:
        'Statement 1 of migrations/1_a.sql gives its index no name, and may be done: since it was begun, "public"."old" (valid) came, and it is like what it builds. One that was there before is gone, and may have been built anew.',
    });
    expect(await indexes()).toEqual(['old']);
  });

  test.each([
    ['another expression', BUILD.replace('lower', 'upper'), ['t_a_upper_c_idx']],
    ['other columns', 'create index concurrently on t (a);', ['t_a_idx']],
    ['a name', BUILD.replace(' on', ' i on'), ['i']],
    ['another statement', 'create table v (x int);', []],
  ])('changed to %s after it failed: what it left is removed', async (_, mended, expected) => {
    await makeTable();
    await ended(BUILD, 'cancel');
    expect(await again(mended)).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(expected);
  });

  test('changed after it was done by a run that was killed: that work is told, not taken for the new', async () => {
    await makeTable();
    await ended(BUILD, 'cancel');
    const begun = await begunOf();
    await again(BUILD);
    await database.query('delete from schema_migrations');
    await killed(begun);
    const { failed } = await again(BUILD.replace('lower', 'upper'));
    expect(failed?.error).toMatchObject({
      code: 'cannot-resume',
      message:
        'Statement 1 of migrations/1_a.sql was changed after it was begun. What it was before is done: building the index without a name on t.',
    });
    expect(await indexes()).toEqual(['t_a_lower_c_idx']);
  });

  test('twice in one file it makes two, also when the second is stopped in the middle', async () => {
    await makeTable();
    const twice = `${BUILD}\n${BUILD}`;
    const other = await reader();
    const running = run(twice);
    // The first has to wait as well; the second is not the first index of its kind.
    await atWait('create index', 'cancel');
    await other.release();
    expect(await running).toMatchObject({ failed: { done: 0 } });
    const second = await reader();
    const resumed = again(twice);
    await sleep(200);
    await second.release();
    expect(await resumed).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_lower_c_idx', 't_a_lower_c_idx1']);
  });

  test('a lock timeout in the header: each try leaves one, and removes it', async () => {
    await makeTable();
    const other = await reader();
    const running = run(`-- registry-jobs: lock-timeout 50ms\n${BUILD}`);
    await sleep(700);
    await other.release();
    expect(await running).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_lower_c_idx']);
  });

  test('beside an index of the same shape in another schema, along a search path of the file', async () => {
    await makeTable();
    await database.query('create schema o; create table o.t (a int); insert into o.t values (1), (1)');
    const sql = `set search_path = o, public;\n${UNIQUE}`;
    expect(await run(sql)).toMatchObject({ failed: { done: 1, error: { sqlstate: '23505' } } });
    expect(await indexes('o.t')).toEqual(['o.t_a_idx invalid']);
    await database.query('delete from o.t');
    expect(await again(sql)).toMatchObject({ status: 'applied' });
    expect([await indexes('o.t'), await indexes()]).toEqual([['o.t_a_idx'], []]);
  });

  test('a build of somebody else is waited for, and left to them', async () => {
    await makeTable();
    await database.query('insert into t values (1)');
    expect(await run(UNIQUE)).toMatchObject({ failed: { error: { sqlstate: '23505' } } });
    await database.query('drop index t_a_idx; delete from t where s is null');
    const other = await reader();
    const client = await database.connect();
    const theirs = client.query('create unique index concurrently theirs on t (a)');
    for (;;) {
      const found = await database.query(
        `select from pg_index where indexrelid = to_regclass('theirs') and not indisvalid`,
      );
      if (found.length > 0) break;
      await sleep(10);
    }
    const running = again(UNIQUE);
    await sleep(300);
    await other.release();
    await theirs;
    expect(await running).toMatchObject({ status: 'applied' });
    expect(await indexes()).toEqual(['t_a_idx', 'theirs']);
  });

  test('what the server refuses is told at its place', async () => {
    await database.query('create table p (a int) partition by list (a)');
    expect(await run('create index concurrently on p (a);')).toMatchObject({
      failed: { error: { sqlstate: '0A000', location: { line: 2, column: 1 } } },
    });
    await expect(files('create index concurrently if not exists on t (a);')).rejects.toMatchObject({
      code: 'syntax-error',
      location: { line: 2, column: 41 },
    });
  });
});

describe.concurrent('the shape of an index, by its text and in the catalog', () => {
  const EACH = [
    'create index on s (a)',
    'create index on s (a desc)',
    'create index on s (a nulls first)',
    'create index on s (a desc nulls last)',
    'create unique index on s (a)',
    'create index on s (a) where b > 1',
    'create index on s (a) include (b)',
    'create index on s (a, b)',
    'create index on s (b, a)',
    'create index on s (("A b"))',
    'create index on s (lower(x))',
    'create index on s (a, lower(x))',
    'create index on s using hash (a)',
    'create index on s using brin (a)',
    'create index on s using gin (v)',
    'create index on s using rtree (box(p, p))',
    'create index on s using spgist (p)',
  ];
  const ALIKE = [
    ['create index on s ((a))', 'create index on s (a)'],
    ['create index on s ((a::int))', 'create index on s (a)'],
    ['create index on s ((x::int))', 'create index on s ((x::int))'],
    ['create index on s ((x collate "C"))', 'create index on s (x)'],
    ['create index on s (x collate "C" text_pattern_ops)', 'create index on s (x)'],
    ['create index on only public.s using btree (a asc nulls last)', 'create index on s (a)'],
    ['create index on s ((s.a))', 'create index on s (a)'],
    ['create index on s ((s.*))', 'create index on s ((row(1)))'],
  ];

  test('each is known as itself, and as no other', async () => {
    await database.query('create table s (a int, b int, x text, "A b" int, v tsvector, p point)');
    const known: [Unnamed, string][] = [];
    for (const sql of EACH) {
      const left = await leftOf(sql);
      const before = await lookAt(left);
      await database.query(sql);
      known.push([left, before]);
      const { indexes: made } = await newOnes(left, before);
      expect([sql, made.length]).toEqual([sql, 1]);
    }
    for (const [at, [left]] of known.entries()) {
      const { alike } = JSON.parse(await lookAt(left)) as { alike: string[] };
      expect([EACH[at], alike.length]).toEqual([EACH[at], 1]);
    }
  });

  test.each(ALIKE.map(([sql = '', as = '']) => [sql, as] as const))('%s is %s', async (sql, as) => {
    await database.query('create table s (a int, b int, x text)');
    const left = await leftOf(as);
    const before = await lookAt(left);
    await database.query(sql);
    expect((await newOnes(left, before)).indexes).toHaveLength(1);
    const own = await leftOf(sql);
    expect((JSON.parse(await lookAt(own)) as { alike: string[] }).alike).toHaveLength(1);
  });
});

async function leftOf(sql: string): Promise<Unnamed> {
  const concurrent = sql.replace('index on', 'index concurrently on');
  const { migrations } = await files(`${concurrent};`);
  return migrations[0]?.up.statements[0]?.leaves as Unnamed;
}

const connected = <T>(work: (connection: Connection) => Promise<T>) =>
  withConnection(settings().database, { purpose: 'test', giveUpAt: Date.now() + 10_000 }, work);
const lookAt = (left: Unnamed) => connected(async (connection) => (await readBefore(connection, left)) ?? '');
const newOnes = (left: Unnamed, before: string) =>
  connected((connection) => readNew(connection, left, before));
