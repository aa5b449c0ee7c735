import { expect } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { type Bench, engineCase, ledgerOf, tablesOf } from '../support/cases.ts';
import { createCliDatabase, watchPassword } from '../support/cli.ts';
import { compile, settingsFor } from '../support/migrations.ts';

engineCase('O1', async (bench) => {
  bench.write({
    '1_a.sql': `create table a (x int);\ncreate table if not exists a (x int);\ndo $$ begin\n  raise warning 'mind %', 1; end $$;`,
  });
  const { code, stderr } = await bench.run('up');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `[1/1] migrations/1_a.sql
NOTICE migrations/1_a.sql:2: relation "a" already exists, skipping
WARNING migrations/1_a.sql:3: mind 1
`,
  });
});

const FLOOD = `select 1;\ndo $$ begin for i in 1..5000 loop raise notice 'n %', i; end loop; end $$`;

engineCase('O2', async (bench) => {
  bench.write({ '1_a.sql': FLOOD });
  const { code, stderr } = await bench.run('up');
  expect(code).toBe(0);
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(102);
  expect(lines[100]).toBe('NOTICE migrations/1_a.sql:2: n 100');
  expect(lines[101]).toBe('migrations/1_a.sql: 4900 more notices not shown');
  bench.write({
    '2_b.sql': `${FLOOD}; select 1/0`,
    '3_c.sql': `-- registry-jobs: transaction off\n${FLOOD}`,
  });
  expect(await bench.json('up')).toMatchObject({ failed: { noticesLeftOut: 4900 } });
  bench.write({ '2_b.sql': 'select 1' });
  const { applied } = (await bench.up()) as unknown as {
    applied: { notices: unknown[]; noticesLeftOut?: number }[];
  };
  expect(applied.map(({ notices, noticesLeftOut }) => [notices.length, noticesLeftOut])).toEqual([
    [0, undefined],
    [100, 4900],
  ]);
});

engineCase('O3', async (bench) => {
  // Its password is hard to hide; support/cli.ts searches all output of this file for it, in any form.
  const owned = await createCliDatabase();
  watchPassword('hunter2-of-a-role');
  try {
    const withUrl = (...args: string[]) => bench.run(...args, '--database-url', owned.url);
    bench.write({ '1_a.sql': `select 1; create role x password 'hunter2-of-a-role' nope;` });
    expect((await withUrl('up')).stderr).toContain('[syntax-error]');
    bench.write({
      '1_a.sql': `create role r_${owned.name} password 'hunter2-of-a-role' in role nobody_there;`,
    });
    expect((await withUrl('up')).stdout).toContain(`password '*****************'`);
    expect((await withUrl('plan')).stdout).toContain(`password '****`);
    expect((await withUrl('plan', '--json')).stdout).toContain(`password '****`);
    expect((await withUrl('status', '--history', '--json')).code).toBe(0);
    const wrong = new URL(owned.url);
    wrong.password = 'hunter2-of-a-role';
    expect(await bench.run('status', '--database-url', wrong.toString())).toMatchObject({ code: 1 });
    expect(
      await owned.query('select * from schema_migrations_journal j where j::text ~ $1', ['hunter2']),
    ).toEqual([]);
  } finally {
    await owned.drop();
  }
});

engineCase('O4', async (bench) => {
  const compiled = await compile({ '1_a.sql': 'create table a (x int); select pg_sleep(1.5)' });
  bench.write({ '1_a.sql': 'create table a (x int); select pg_sleep(1.5)' });
  const looks: Promise<unknown>[] = [];
  const began = performance.now();
  let looked = Infinity;
  await up(compiled, bench.settings, {
    onEvent: (event) => {
      if (event.type !== 'statement-started' || event.index !== 2) return;
      looks.push(bench.json('status'), bench.json('plan'), bench.json('verify'));
      void Promise.all(looks).then(() => {
        looked = performance.now() - began;
      });
    },
  });
  const [status, plan, verify] = await Promise.all(looks);
  expect(status).toMatchObject({ code: 0, entries: [{ version: '1_a', state: 'running' }] });
  expect(plan).toMatchObject({ code: 0, tasks: [{ version: '1_a' }] });
  expect(verify).toMatchObject({ code: 0 });
  expect(looked).toBeLessThan(1_400);

  // On an empty database they leave it empty.
  await bench.query('drop table a, schema_migrations, schema_migrations_journal, schema_migrations_bundles');
  for (const command of ['status', 'plan', 'verify']) expect((await bench.run(command)).code).toBe(0);
  expect(
    await bench.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`),
  ).toEqual([]);
});

engineCase('O5', async (bench) => {
  bench.write({ '1_a.sql': FLOOD, '2_b.up.sql': 'create table b (x int)', '2_b.down.sql': 'drop table b' });
  const keysOf = async (...args: string[]) => Object.keys(await bench.json(...args)).sort();
  const run = [
    'alreadyApplied',
    'applied',
    'at',
    'code',
    'command',
    'database',
    'durationMs',
    'environment',
    'notRun',
  ];
  const runKeys = [...run, 'runId', 'status', 'warnings'];
  const base = ['code', 'command', 'database', 'environment'];
  expect(await keysOf('plan')).toEqual([...base, 'hash', 'problems', 'status', 'tasks', 'warnings']);
  expect(await keysOf('status')).toEqual([
    ...base.slice(0, 3),
    'entries',
    'environment',
    'problems',
    'status',
    'warnings',
  ]);
  expect(await keysOf('up')).toEqual(runKeys);
  expect(await keysOf('redo', '--yes')).toEqual(runKeys);
  expect(await keysOf('down', '--yes')).toEqual([...runKeys, 'target'].sort());
  expect(await keysOf('up', '--to', '2')).toEqual([...runKeys, 'target'].sort());
  expect(await keysOf('down', '--to', '1', '--yes')).toEqual([...runKeys, 'target'].sort());
  expect(await keysOf('resume')).toEqual(runKeys);
  const ledger = ['changes', ...base, 'status'];
  expect(await keysOf('force', '2', '--yes')).toEqual(ledger);
  expect(await keysOf('force', '2', '--remove', '--yes')).toEqual(ledger);
  expect(await keysOf('baseline', '2', '--yes')).toEqual(ledger);
  expect(await keysOf('renumber', '--yes')).toEqual(ledger);
  expect(await keysOf('adopt', '--yes')).toEqual(['changes', ...base, 'notes', 'status']);
  expect(await keysOf('verify')).toEqual([
    'changed',
    'checked',
    ...base,
    'notCompared',
    'problems',
    'status',
    'warnings',
  ]);
  // Errors are a document too, whether something was tried or not.
  bench.write({ '3_c.sql': 'select nope' });
  expect(await keysOf('up')).toEqual([...run, 'runId', 'status', 'warnings', 'failed'].sort());
  expect(await keysOf('force', '77', '--yes')).toEqual(['code', 'error']);
});

engineCase('O6', async (bench) => {
  const code = async (...args: string[]) => (await bench.run(...args)).code;
  expect(await code('up')).toBe(2); // no folder
  bench.write({ '1_a.up.sql': 'create table a (x int)' });
  expect(await code('status')).toBe(0);
  expect(await code('status', '--check')).toBe(3);
  expect(await code('up')).toBe(0);
  expect(await code('up')).toBe(0); // nothing to do
  expect(await code('status', '--check')).toBe(0);
  expect(await code('down', '--yes')).toBe(1); // irreversible
  expect(await code('down', '--steps', '0', '--yes')).toBe(2);
  expect(await code('up', '--no-such-option')).toBe(2);
  expect(await code('no-such-command')).toBe(2);
  expect(await code('force', '1', '--remove')).toBe(2); // not confirmed
  bench.write({ '2_b.up.sql': 'select nope' });
  expect(await code('up')).toBe(1); // failed
  expect(await code('status', '--check')).toBe(3);
  bench.write({ '1_a.up.sql': 'select 1' });
  expect(await code('status', '--check')).toBe(1); // up would refuse
  expect(await code('status')).toBe(0);
  expect(await code('plan')).toBe(1);
  expect(await code('verify')).toBe(1);
  expect(await code('up', '--database-url', 'postgres://nobody@127.0.0.1:1/x')).toBe(1);
  expect(await code('up', '--database-url', 'mysql://x')).toBe(2);
});

/** A URL for a role that may connect and nothing else. */
async function withGuest(bench: Bench, work: (url: string, role: string) => Promise<void>): Promise<void> {
  const role = `guest_${bench.database.name}`;
  await bench.query(`create role ${role} login password 'of-the-visitor'`);
  const url = new URL(bench.database.url);
  url.username = role;
  url.password = 'of-the-visitor';
  try {
    await work(url.toString(), role);
  } finally {
    await bench.query(`drop owned by ${role}`);
    await bench.query(`drop role ${role}`);
  }
}

engineCase('O7', async (bench) => {
  bench.write({ '1_a.sql': 'create table a (x int);', '2_b.sql': 'create table shut.b (x int)' });
  // Before Postgres 15 everybody may create in public.
  await bench.query('revoke create on schema public from public; create schema shut');
  await withGuest(bench, async (url, role) => {
    const up = () => bench.run('up', '--database-url', url);
    expect(await up()).toMatchObject({
      code: 1,
      stderr: `error: The ledger cannot be prepared: permission denied for schema public (SQLSTATE 42501) [ledger-failed]
What to do: Let its owner say: GRANT USAGE, CREATE ON SCHEMA public TO "${role}"
`,
    });
    await bench.query(`grant create on schema public to "${role}"`);
    const { code, stdout } = await up();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'migrations/2_b.sql:1:14: permission denied for schema shut (SQLSTATE 42501) [statement-failed]\n1 | create table shut.b (x int)\n',
    );
    expect(stdout).toContain(
      `What to do: Let its owner say: GRANT USAGE, CREATE ON SCHEMA shut TO "${role}"\n`,
    );
    expect(await tablesOf(bench)).toEqual(['a']);
    await bench.query(`grant usage, create on schema shut to "${role}"`);
    expect((await up()).code).toBe(0);
  });
});

engineCase('O8', async (bench) => {
  bench.write({ '1_a.sql': 'select 1' });
  await bench.up();
  bench.write({ '2_b.sql': 'select 1' });
  await withGuest(bench, async (url, role) => {
    const grants = (table: string) => ({
      code: 'ledger-denied',
      message: `The ledger cannot be read: permission denied for table ${table}`,
      sqlstate: '42501',
      hint: `Let its owner say: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "public"."${table}" TO "${role}"`,
    });
    for (const table of ['schema_migrations', 'schema_migrations_journal']) {
      for (const command of ['up', 'status']) {
        expect(await bench.json(command, '--database-url', url)).toEqual({ code: 1, error: grants(table) });
      }
      await bench.query(`grant select, insert, update, delete on ${table} to "${role}"`);
    }
    expect((await bench.run('up', '--database-url', url)).code).toBe(0);
    expect(await ledgerOf(bench)).toEqual(['1_a', '2_b']);
  });
});

const SECRETS: readonly string[] = [
  `create role nobody_x login password\n  'tell-nobody' in role no_such_role;`,
  `create user mapping for current_user server no_such_server options (user 'u', password $$tell-nobody$$);`,
  `create server s_x foreign data wrapper no_such_wrapper options (host 'h', password E'a\\'tell-nobody');`,
  `alter role no_such_role /* new */ password -- it's\n U&'\\0061tell-nobody';`,
  `select 'host=h password=tell-nobody dbname=d' as conninfo, no_such_column;`,
  `select no_such_function('host=h password=''x tell-nobody'' dbname=d');`,
  `create subscription s_x connection 'postgres://u:tell-nobody@h/d' publication p with (connect = false, no_such_option);`,
  `select 1; create role r_x password 'tell-nobody`,
  `create role r_x password 'tell-nobody' 'twice'`,
];

engineCase('O9', async (bench) => {
  for (const sql of SECRETS) {
    bench.write({ '1_a.sql': `select 1;\n${sql}` });
    const outputs = [
      await bench.run('plan'),
      await bench.run('plan', '--json'),
      await bench.run('up'),
      await bench.run('up', '--json'),
      await bench.run('status', '--json'),
    ];
    expect([sql, outputs.map(({ code }) => code)]).toEqual([
      sql,
      [expect.any(Number), expect.any(Number), 1, 1, expect.any(Number)],
    ]);
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toMatch(/nobody-?\b(?!_x)|ell-no/);
  }
});

engineCase('O10', async (bench) => {
  const other = await bench.database.connect();
  await bench.query('create table busy (x int)');
  await other.query(
    `begin; lock table busy; create role nobody_${bench.database.name} password 'a-secret of somebody else, which is long enough to be cut'`,
  );
  const told: string[] = [];
  const report = await up(
    await compile({ '1_a.sql': 'alter table busy add y int' }),
    settingsFor(bench.database.url, { lockTimeoutMs: 1_500 }),
    {
      onEvent: (event) => {
        told.push(JSON.stringify(event));
        if (event.type === 'migration-retried') void other.query('rollback');
      },
    },
  );
  expect(report.status).toBe('applied');
  expect(told.join()).toContain('lock table busy; create role nobody_');
  expect(told.join() + JSON.stringify(report)).not.toContain('a-sec');
});
