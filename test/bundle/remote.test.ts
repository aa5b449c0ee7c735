import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { taskAlias } from '../../lib/contract.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { cli, cliInProcess, steady, watchPassword } from '../support/cli.ts';
import type { LambdaService } from '../support/lambda-service.ts';
import { codeBlocks } from '../support/markdown.ts';
import { faults } from '../support/parameter-store.ts';
import { type Account, createDeployed, type Deployed, FUNCTION, openAccount } from '../support/remote.ts';
import { schema } from '../support/schemas.ts';

let account: Account;
let service: LambdaService;
let deployed: Deployed;
beforeAll(async () => {
  account = await openAccount();
  service = account.service;
});
afterAll(() => account.close());
beforeEach(async () => {
  deployed = await createDeployed(account);
});
afterEach(() => deployed.drop());

const FILES = { '001_a.sql': 'create table a (id int);', '002_b.sql': 'create table b (id int);' };
const GATE = 4713;
const WAIT = `select pg_advisory_xact_lock_shared(${GATE})`;

const run = (...args: string[]) => deployed.run(...args, '--remote');
const tables = async () => {
  const rows = await deployed.database.query(
    `select relname from pg_class where relname in ('a', 'b', 'c') and relkind = 'r' order by 1`,
  );
  return rows.map(({ relname }) => relname);
};
const tasks = () =>
  service.calls.map(({ payload }) => (payload as { readonly task?: string }).task).filter(Boolean);

/** Somebody on a machine with a way to the database, and with the files. */
async function fromHere(files: Readonly<Record<string, string>>, ...args: string[]) {
  const { laptop, database } = deployed;
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(laptop, name), sql);
  const folder = args[0] === 'history' ? [] : ['-m', '.'];
  return cliInProcess([...args, ...folder, '--database-url', database.url], { folder: laptop });
}

/** Starts a command, and waits until what it runs stands at the gate. */
async function atGate<T>(begin: () => Promise<T>) {
  const gate = await deployed.database.connect();
  await gate.query(`select pg_advisory_lock(${GATE})`);
  const running = begin();
  const waiting = `select pid from pg_locks where locktype = 'advisory' and not granted and objid = ${GATE}
    and database = (select oid from pg_database where datname = current_database())`;
  await expect.poll(() => deployed.database.query(waiting), { timeout: 20_000 }).toHaveLength(1);
  let opened: Promise<unknown> | undefined;
  return {
    running,
    open: () => {
      opened ??= gate.query(`select pg_advisory_unlock(${GATE})`);
      return opened;
    },
  };
}

describe('each task is the command of its name', () => {
  test('before and after a run, with the reports that the commands give from here', async () => {
    await deployed.deploy(FILES);
    for (const command of [
      'status',
      'plan',
      'verify',
      'history',
      'up',
      'status',
      'plan',
      'verify',
      'history',
    ]) {
      const there = await run(command, '--json');
      const validate = schema(command === 'up' ? 'migration-report' : `${command}-report`);
      expect([validate(JSON.parse(there.stdout)), validate.errors]).toEqual([true, null]);
      if (command === 'up') {
        expect(JSON.parse(there.stdout)).toMatchObject({ status: 'applied', applied: [{}, {}] });
        continue;
      }
      const here = await fromHere(FILES, command, '--json');
      const { deployed: told, environment, ...report } = JSON.parse(there.stdout);
      const { environment: _, ...own } = JSON.parse(here.stdout);
      // Who would run a file is said of a run of the function.
      for (const { run } of report.tasks ?? [])
        expect(run).toEqual({ how: 'attached', why: 'the file names no `expected-duration`' });
      for (const task of report.tasks ?? []) delete task.run;
      // The folders have other names.
      const plain = (data: object) => JSON.stringify(data).replace(/"file":"[^"]*\//g, '"file":"');
      expect([command, there.code, plain(report)]).toEqual([command, here.code, plain(own)]);
      expect(told).toMatchObject({ version: '0.1.0', files: { count: 2 } });
      expect(environment).toBe('staging');
    }
    expect(await tables()).toEqual(['a', 'b']);
  });

  test('a report says whose files it is about, and hints are commands that ask the function again', async () => {
    await deployed.deploy(FILES);
    const { stdout } = await run('plan', '--function', FUNCTION);
    const [first] = stdout.split('\n');
    expect(first).toBe(
      'Of what is deployed as registry-jobs-under-test: 2 files, the last one 002_b (registry-jobs 0.1.0)',
    );
    const [, command = ''] = /Run exactly this: registry-jobs (.*)/.exec(stdout) ?? [];
    expect(command).toBe(`up --env staging --remote --function ${FUNCTION} --plan ${command.slice(-16)}`);
    const applied = await cliInProcess(command.split(' '), { folder: deployed.laptop });
    expect(applied.stdout).toContain('\n2 migrations applied to ');
    const after = await run('status');
    expect(after.stdout.split('\n')[0]).toMatch(
      /\(registry-jobs 0\.1\.0; first run \d{4}-\d\d-\d\dT[\d:]+Z\)$/,
    );
  });

  test('another plan than the one that was looked at is not run', async () => {
    await deployed.deploy(FILES);
    const { code, stderr } = await run('up', '--plan', '0123456789abcdef');
    expect([code, stderr]).toEqual([1, expect.stringContaining('[another-plan]')]);
    expect(await tables()).toEqual([]);
  });

  test('a file that fails is told with its place, and the journal knows who asked', async () => {
    await deployed.deploy({ ...FILES, '003_c.sql': 'select 1;\nselect titel from a;' });
    const { code, stdout } = await run('up');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /003_c\.sql:2:8: column "titel" does not exist \(SQLSTATE 42703\) \[statement-failed\]/,
    );
    expect(await tables()).toEqual(['a', 'b']);
    const history = await run('history', '--limit', '1');
    expect(history.stdout).toMatch(
      / failed +up +003_c +\d\/2 +tester@here by registry-jobs-under-test [\w-]+ /,
    );
    expect(await run('status', '--check')).toMatchObject({ code: 3 });
  });

  test('the files here are compared with what is deployed, before anything is run', async () => {
    await deployed.deploy(FILES);
    await deployed.drop();
    deployed = await createDeployed(account, {
      'migrations/001_a.sql': 'create table a (id bigint);',
      'migrations/003_c.sql': 'create table c ();',
    });
    const differs =
      'Warning: What is deployed is not what is in migrations: 003_c is not deployed; 002_b is not in migrations; 001_a has another text there.\n';
    await deployed.deploy(FILES);
    for (const command of ['status', 'plan', 'verify', 'up']) {
      const { stderr } = await run(command);
      expect([command, stderr]).toEqual([command, expect.stringContaining(differs)]);
    }
    expect(await tables()).toEqual(['a', 'b']);
  });
});

describe('a function that does not know tasks', () => {
  test('is not called: neither a question nor a run changes anything', async () => {
    await deployed.deploy(FILES, { aliases: [] });
    const before = service.calls.length;
    for (const command of ['status', 'plan', 'up', 'watch', 'history', 'verify']) {
      const { code, stderr } = await run(command);
      expect([command, code]).toEqual([command, 1]);
      expect(stderr).toContain(
        `${FUNCTION} in eu-central-1 has no alias ${taskAlias}: it was deployed by a version that answers no tasks, and would apply its migrations instead. [lambda-older]`,
      );
      expect(stderr).toContain('Nothing was run. Deploy it with this version: npx cdk deploy\n');
    }
    expect(service.calls.slice(before).every(({ tookMs }) => tookMs === undefined)).toBe(true);
    expect(await tables()).toEqual([]);
  });

  test('a task or an option that it does not know is refused, and nothing is run', async () => {
    await deployed.deploy(FILES);
    const call = async (payload: object) => {
      const url = `${service.url}/2015-03-31/functions/${FUNCTION}/invocations?Qualifier=${taskAlias}`;
      return (await fetch(url, { method: 'POST', body: JSON.stringify(payload) })).json();
    };
    expect(await call({ task: 'sql', options: { text: 'drop table a' } })).toMatchObject({
      error: { code: 'unknown-task', message: 'The function knows no task "sql".' },
      isUsage: true,
    });
    expect(await call({ task: 'up', options: { sql: 'create table c ()' } })).toMatchObject({
      error: { code: 'bad-task-options' },
      isUsage: true,
    });
    expect(await tables()).toEqual([]);
    // Without a task it is what it was: a run.
    expect(await call({})).toMatchObject({ status: 'applied' });
    expect(await tables()).toEqual(['a', 'b']);
  });
});

describe('what keeps it from answering', () => {
  test.each([
    [
      'nothing of that name',
      'nobody',
      404,
      'ResourceNotFoundException',
      'lambda-missing',
      'Nothing was run. Find its name: aws lambda list-functions ',
    ],
    [
      'no right',
      'denied',
      403,
      'AccessDeniedException',
      'lambda-denied',
      'See who you are: aws sts get-caller-identity',
    ],
    [
      'an expired login',
      'expired',
      403,
      'ExpiredTokenException',
      'aws-credentials-refused',
      'aws sts get-caller-identity',
    ],
    [
      'an update',
      'updating',
      409,
      'ResourceConflictException',
      'lambda-unavailable',
      'aws lambda get-function-configuration --function-name updating',
    ],
    [
      'no address in its network',
      'network',
      502,
      'ENILimitReachedException',
      'lambda-unavailable',
      'aws lambda get-function-configuration --function-name network',
    ],
  ])('%s', async (_, name, status, code, ours, hint) => {
    service.fail({ status, code, message: 'As AWS says it' }, 5);
    const { code: exit, stderr } = await run('up', '--function', name);
    expect([exit, stderr]).toEqual([1, expect.stringContaining(`[${ours}]`)]);
    expect(stderr).toContain(hint);
    service.forgive();
  });

  test('calls that are throttled are tried again where they only read', async () => {
    await deployed.deploy(FILES);
    const throttled = { status: 429, code: 'TooManyRequestsException', message: 'Rate Exceeded.' };
    service.fail(throttled, 2);
    expect(await run('status')).toMatchObject({ code: 0 });
    service.fail(throttled, 3);
    const { code, stderr } = await run('status');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Rate Exceeded. Nothing was begun. [lambda-throttled]'),
    ]);
  });

  test('a run is asked for once, whatever becomes of the connection', async () => {
    await deployed.deploy(FILES);
    const before = tasks().length;
    service.failTask('up', 'hang-up');
    const { code, stderr } = await run('up');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('What became of up is not known; it may go on. [lambda-unreachable]'),
    ]);
    expect(stderr).toContain(
      'Do not repeat it before you have looked: registry-jobs watch --env staging --remote\n',
    );
    expect(
      tasks()
        .slice(before)
        .filter((task) => task === 'up'),
    ).toHaveLength(1);
  });

  test('a function that is stopped in the middle says so, and what to look at; what it began is told truly', async () => {
    await deployed.deploy(
      { '001_a.sql': 'create table a ();', '002_b.sql': 'select pg_sleep(20);' },
      { stopMs: 2_000 },
    );
    const { code, stderr } = await run('up');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        `${FUNCTION} was stopped after 2.00 seconds, when its time was up. What became of up is not known; it may go on. [lambda-timeout]`,
      ),
    ]);
    expect(stderr).toContain(
      'Do not repeat it before you have looked: registry-jobs watch --env staging --remote',
    );
    expect(await tables()).toEqual(['a']);
    const watched = await run('watch');
    expect(watched.stdout).toMatch(/002_b/);
  });

  test('a function that has too little time begins nothing', async () => {
    await deployed.deploy({ '001_a.sql': 'select pg_sleep(20);' }, { timeoutMs: 3_000 });
    expect(await run('up')).toMatchObject({ code: 1, stdout: expect.stringContaining('[out-of-time]') });
  });

  test('a database that refuses is told as from here, and not waited for', async () => {
    await deployed.deploy(FILES);
    await deployed.set({ password: 'wrong', port: '1' });
    const { code, stderr } = await run('status');
    expect([code, stderr]).toEqual([1, expect.stringContaining('[connect-refused]')]);
  });

  test('as a process: no region, no credentials, nobody there', async () => {
    const { laptop } = deployed;
    const ask = (env: Record<string, string>) =>
      cli(['status', '--env', 'staging', '--remote'], { folder: laptop, env });
    const { AWS_REGION, ...rest } = deployed.variables;
    const nobody = { AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:1' };
    const [region, credentials, there] = await Promise.all([
      ask(rest),
      ask(nobody),
      ask({ ...deployed.variables, ...nobody }),
    ]);
    expect(AWS_REGION).toBe('eu-central-1');
    expect(region).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('[no-aws-region]') });
    expect(region.stderr).toContain('export AWS_REGION=eu-central-1\n');
    expect(credentials).toMatchObject({ code: 1, stderr: expect.stringContaining('[no-aws-credentials]') });
    expect(there).toMatchObject({ code: 1, stderr: expect.stringContaining('[lambda-unreachable]') });
  });

  test.each<[string, string[], string, number]>([
    [
      'a database',
      ['status', '--database-url', 'postgres://x@y/z'],
      '--database-url cannot be used with --remote',
      2,
    ],
    ['a ledger', ['up', '--ledger', 'x'], '--ledger cannot be used with --remote', 2],
    ['a comparison', ['verify', '--deep'], '--deep cannot be used with --remote', 2],
    ['a proof', ['up', '--require-proof'], '--require-proof cannot be used with --remote', 2],
    [
      'no function',
      ['status', '--env', 'demo'],
      'REGISTRY_JOBS_FUNCTION is not set, and there is no .env.demo. [no-function]',
      2,
    ],
    [
      'a version',
      ['status', '--function', 'shop:7'],
      '--function is not the name of a function: "shop:7". [bad-function-name]',
      2,
    ],
  ])('%s: nobody is asked', async (_, args, message, code) => {
    const before = service.calls.length;
    const [command = '', ...rest] = args;
    const env = rest.includes('--env') ? [] : ['--env', 'staging'];
    const result = await cliInProcess([command, '--remote', ...rest, ...env], { folder: deployed.laptop });
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(service.calls.length).toBe(before);
  });

  test('two functions for one environment are refused; a name without --remote is no question', async () => {
    const { laptop: folder } = deployed;
    const env = { REGISTRY_JOBS_FUNCTION: 'another' };
    const two = await cliInProcess(['status', '--remote', '--env', 'staging'], { folder, env });
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('[two-functions]') });
    const alone = await cliInProcess(['status', '--function', 'x', '--env', 'staging'], { folder });
    expect(alone).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('registry-jobs status --env staging --function x --remote'),
    });
  });
});

test('no secret in what it answers, or logs: neither the password nor one in SQL', async () => {
  const user = `u_${deployed.database.name}`;
  const password = 'correct-horse-battery-9';
  watchPassword(password);
  await deployed.database.query(
    `create role ${user} login superuser password '${password}'; create role other_${user}`,
  );
  try {
    await deployed.set({ user, password });
    const secret = 'hunter2-of-a-role';
    watchPassword(secret);
    await deployed.deploy({
      '001_a.sql': `alter role other_${user} password '${secret}';`,
      '002_b.sql': `do $$ begin raise exception 'it is ${password}'; end $$;`,
    });
    const outputs = [];
    for (const command of ['plan', 'up', 'status --history', 'history', 'verify', 'watch'])
      for (const json of [[], ['--json']]) outputs.push(await run(...command.split(' '), ...json));
    const all = [...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]), service.logs()].join('\n');
    expect(all).toContain('it is ***');
    expect(all).not.toContain(password);
    expect(all).not.toContain(secret);
  } finally {
    await deployed.database.query(`drop role ${user}; drop role other_${user}`).catch(() => {});
  }
});

describe('a run that is at work', () => {
  test('is watched look by look until its end, with the code that watch has', async () => {
    const files = {
      '001_a.sql': 'create table a ();',
      '002_b.sql': `select 1;\n${WAIT};`,
      '003_c.sql': 'select 1/0;',
    };
    await deployed.deploy(files);
    const { running, open } = await atGate(() => run('up', '--json'));
    const before = service.calls.length;
    let isOpen = false;
    const err = (text: string) => {
      if (!isOpen && text.includes('002_b')) void open();
      isOpen ||= text.includes('002_b');
    };
    const watched = await cliInProcess(
      ['watch', '--remote', '--env', 'staging'],
      { folder: deployed.laptop },
      { err },
    );
    expect(JSON.parse((await running).stdout)).toMatchObject({ status: 'failed' });
    expect(watched.code).toBe(1);
    expect(steady(watched.stdout)).toMatch(/^Applied .*001_a\.sql in N ms \(1 statement\)\n/);
    expect(watched.stdout).toMatch(/003_c\.sql failed \(.*\): 1:1: division by zero \(SQLSTATE 22012\)/);
    const looks = service.calls
      .slice(before)
      .filter(({ payload }) => (payload as { task: string }).task === 'watch');
    expect(looks.length).toBeGreaterThan(1);
    for (const { tookMs = 0 } of looks) expect(tookMs).toBeLessThan(5_000);
  });

  test('as lines of JSON, with the statement and whom it waits for', async () => {
    await deployed.deploy({ '001_a.sql': `select 1;\n${WAIT};` });
    const { running, open } = await atGate(() => run('up'));
    const lines: Record<string, unknown>[] = [];
    const out = (text: string) => {
      lines.push(JSON.parse(text));
      void open();
    };
    const { code } = await cliInProcess(
      ['watch', '--json', '--remote', '--env', 'staging'],
      { folder: deployed.laptop },
      { out },
    );
    await running;
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      type: 'running',
      statement: 2,
      statements: 2,
      line: 2,
      blockers: [{ user: 'postgres' }],
    });
    expect(lines.at(-1)).toMatchObject({ type: 'ended', pending: 0 });
  });

  test('is shown while up waits for the answer', async () => {
    await deployed.deploy({ '001_a.sql': `select 1;\n${WAIT};` });
    const shown: string[] = [];
    const args = ['up', '--remote', '--env', 'staging'];
    const err = (text: string) => shown.push(text);
    const { running, open } = await atGate(() => cliInProcess(args, { folder: deployed.laptop }, { err }));
    await expect.poll(() => shown.join(''), { timeout: 20_000 }).toMatch(/\[running\] .*001_a\.sql/);
    await open();
    expect((await running).stdout).toContain('\n1 migration applied to ');
  });

  test('goes on when the one who asked goes away, and nothing is begun twice', async () => {
    await deployed.deploy({ '001_a.sql': `${WAIT};\ncreate table a ();` });
    let interrupt = () => {};
    const onSignal = (listen: (name: 'SIGINT') => void) => {
      interrupt = () => listen('SIGINT');
      return () => {};
    };
    const args = ['up', '--remote', '--env', 'staging'];
    const { running, open } = await atGate(() =>
      cliInProcess(args, { folder: deployed.laptop }, { onSignal }),
    );
    interrupt();
    const { code, stderr } = await running;
    expect(code).toBe(130);
    expect(stderr).toContain('Stopped by SIGINT, and no longer waited for; the function goes on. [stopped]');
    expect(stderr).toContain('registry-jobs watch --env staging --remote\n');
    await open();
    await expect.poll(tables, { timeout: 20_000 }).toEqual(['a']);
    expect(tasks().filter((task) => task === 'up').length).toBeGreaterThan(0);
    await expect.poll(async () => (await run('status', '--check')).code, { timeout: 20_000 }).toBe(0);
  });

  test('of somebody else is waited for by up, and then there is nothing to do', async () => {
    await deployed.deploy(FILES);
    const other = await deployed.database.connect();
    const key = migrationLockKey(deployed.database.name, defaultLedger);
    await other.query(`select pg_advisory_lock(${key})`);
    const waiting = run('up');
    await sleep(1_500);
    expect(await tables()).toEqual([]);
    await other.query(`select pg_advisory_unlock(${key})`);
    expect(await waiting).toMatchObject({ code: 0 });
    expect(await tables()).toEqual(['a', 'b']);
    await other.query(`select pg_advisory_lock(${key})`);
    const late = await run('up', '--wait', '1s');
    expect(late).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to do') });
    await deployed.database.query('delete from schema_migrations');
    const busy = await run('up', '--wait', '1s');
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining('[locked]') });
  });
});

describe('a file that runs on in the server', () => {
  const DETACH = '-- registry-jobs: detach on\n';
  const rest = (text: string) =>
    `${DETACH}create table a ();\nselect pg_sleep(${text});\ninsert into a default values;`;
  const isRunning = () =>
    deployed.database.query(
      `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );

  test('is watched to its end by up, in short calls, and what comes after it is run', async () => {
    await deployed.deploy({ '001_a.sql': rest('3'), '002_b.sql': 'create table b ();' });
    const before = service.calls.length;
    const { code, stdout } = await run('up');
    expect([code, steady(stdout).split('\n').slice(1, 3)]).toEqual([
      0,
      [
        expect.stringMatching(/^Applied .*001_a\.sql in N ms \(3 statements\)$/),
        expect.stringMatching(/^Applied .*002_b\.sql in N ms \(1 statement\)$/),
      ],
    ]);
    expect(stdout).toContain('\n2 migrations applied to ');
    expect(await tables()).toEqual(['a', 'b']);
    const ups = service.calls
      .slice(before)
      .filter(({ payload }) => (payload as { task: string }).task === 'up');
    expect(ups).toHaveLength(2);
    for (const { tookMs = 0 } of service.calls.slice(before)) expect(tookMs).toBeLessThan(3_000);
  });

  test.each<[string, string[], string[]]>([
    ['--steps', ['--steps', '2'], ['a', 'b']],
    ['--to', ['--to', '002_b'], ['a', 'b']],
    ['--plan', ['--plan'], ['a', 'b', 'c']],
  ])('is one run with those after it, for %s as well', async (_, args, made) => {
    await deployed.deploy({
      '001_a.sql': rest('3'),
      '002_b.sql': 'create table b ();',
      '003_c.sql': 'create table c ();',
    });
    const [, hash = ''] = /--plan ([0-9a-f]{16})/.exec((await run('plan')).stdout) ?? [];
    const { code, stdout, stderr } = await run('up', ...args, ...(args[0] === '--plan' ? [hash] : []));
    expect([code, stdout + stderr]).toEqual([
      0,
      expect.stringContaining(`${made.length} migrations applied to `),
    ]);
    expect(await tables()).toEqual(made);
  });

  test('is run again once where --rerun says so', async () => {
    await deployed.deploy({
      '001_a.sql': `${DETACH}create table if not exists a ();\nselect pg_sleep(3);`,
      '002_b.sql': 'create table if not exists b ();',
    });
    await run('up');
    const { code, stdout } = await run('up', '--rerun', '001', '002_b');
    expect([code, stdout]).toEqual([0, expect.stringContaining('\n2 migrations applied to ')]);
    expect(JSON.parse((await run('history', '--json')).stdout).attempts).toHaveLength(4);
  });

  test('and fails there is told with its place, once, and not tried again', async () => {
    await deployed.deploy({
      '001_a.sql': `${rest('2')}\nselect titel from a;`,
      '002_b.sql': 'create table b ();',
    });
    const { code, stdout } = await run('up');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /001_a\.sql:5:8: column "titel" does not exist \(SQLSTATE 42703\) \[statement-failed\]/,
    );
    expect(await tables()).toEqual([]);
    expect(JSON.parse((await run('history', '--json')).stdout).attempts).toHaveLength(1);
  });

  test('with --detach nobody waits; a second up attaches to it; cancel ends it, and what was shown alone', async () => {
    await deployed.deploy({ '001_a.sql': rest('60') });
    const started = await run('up', '--detach');
    expect(started.code).toBe(0);
    expect(started.stdout).toContain('Watch it with: registry-jobs watch --env staging --remote\n');
    expect(await isRunning()).toHaveLength(1);
    const second = run('up');
    await expect.poll(() => tasks().slice(-3), { timeout: 20_000 }).toEqual(['watch', 'watch', 'watch']);
    expect(await isRunning()).toHaveLength(1);
    const asked = await run('cancel');
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('[not-confirmed]') });
    expect(asked.stderr).toContain('registry-jobs cancel --env staging --remote --yes\n');
    expect(await isRunning()).toHaveLength(1);
    const cancelled = await run('cancel', '--yes');
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing of it was kept.') });
    expect(cancelled.stdout).toContain('To run it again: registry-jobs up --env staging --remote\n');
    const { code, stdout } = await second;
    expect([code, stdout]).toEqual([1, expect.stringContaining('canceling statement due to user request')]);
    expect(await tables()).toEqual([]);
    expect(await run('cancel', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No run is at work'),
    });
  });

  test('is not cancelled by who has seen another one', async () => {
    await deployed.deploy({ '001_a.sql': rest('60') });
    await run('up', '--detach');
    const url = `${service.url}/2015-03-31/functions/${FUNCTION}/invocations?Qualifier=${taskAlias}`;
    const options = { apply: true, pid: 1, since: '2026-01-01T00:00:00Z' };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ task: 'cancel', options }) });
    expect(await response.json()).toMatchObject({ report: { status: 'not-running' } });
    expect(await isRunning()).toHaveLength(1);
    await run('cancel', '--yes');
  });

  test('goes on while nobody can look, and the one who watches looks again', async () => {
    await deployed.deploy({ '001_a.sql': rest('4') });
    await run('up', '--detach');
    const err: string[] = [];
    let isBroken = false;
    const listen = (text: string) => {
      err.push(text);
      if (isBroken || !text.includes('[running]')) return;
      isBroken = true;
      service.failTask('watch', 'hang-up', 4);
    };
    const watched = await cliInProcess(
      ['watch', '--remote', '--env', 'staging'],
      { folder: deployed.laptop },
      { err: listen },
    );
    expect(err.join('')).toContain('Looking again.');
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 file done \(.*001_a\.sql\)/) });
  });
});

describe('approve', () => {
  const PARAMETER = '/registry/staging/migrate/approved-plan';
  const hashOf = (text: string) => /--plan ([0-9a-f]{16})/.exec(text)?.[1] ?? '';
  beforeEach(() => void vi.stubEnv('AWS_ENDPOINT_URL_SSM', deployed.store.url));

  test('writes the hash of the plan that is shown, after it was asked for, and of no other', async () => {
    await deployed.deploy(FILES);
    const hash = hashOf((await run('plan')).stdout);
    const wrong = await run('approve', '0123456789abcdef', '--yes');
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('[another-plan]') });
    expect(wrong.stdout).toContain('001_a.sql (one transaction)');
    expect(wrong.stderr).toContain(`registry-jobs approve --env staging --remote ${hash}\n`);
    const unsure = await run('approve', hash);
    expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('[not-confirmed]') });
    expect(deployed.store.parameters.has(PARAMETER)).toBe(false);
    const args = ['approve', hash, '--env', 'staging', '--remote'];
    const io = { isTerminal: true, ask: async () => 'y' };
    const done = await cliInProcess(args, { folder: deployed.laptop }, io);
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(
      new RegExp(`\nApproved plan ${hash}, 2 migrations for .*: written to ${PARAMETER}\\.`),
    );
    expect(deployed.store.parameters.get(PARAMETER)).toMatchObject({ value: hash, type: 'String' });
    // Once more, over what is there.
    const again = await run('approve', hash, '--yes', '--json');
    expect([again.code, schema('approve-report')(JSON.parse(again.stdout))]).toEqual([0, true]);
    expect(await tables()).toEqual([]);
  });

  test('of a plan that is over, or was never right, is refused', async () => {
    await deployed.deploy(FILES);
    const hash = hashOf((await run('plan')).stdout);
    await run('up');
    const late = await run('approve', hash, '--yes');
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('[nothing-to-approve]') });
    expect(deployed.store.parameters.has(PARAMETER)).toBe(false);
  });

  test('says whom to ask where the parameter may not be written', async () => {
    await deployed.deploy(FILES);
    const hash = hashOf((await run('plan')).stdout);
    deployed.store.failOn('PutParameter', faults.denied);
    const { code, stderr } = await run('approve', hash, '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('[approval-not-written]')]);
    expect(stderr).toContain(
      'as grantApprove of MigrateOnDeploy does. See who you are: aws sts get-caller-identity\n',
    );
  });

  test('works from a machine with a way to the database as well', async () => {
    const { stdout } = await fromHere(FILES, 'plan');
    const hash = hashOf(stdout);
    const done = await fromHere(FILES, 'approve', hash, '--yes', '--env', 'demo');
    expect(done).toMatchObject({ code: 0 });
    expect(deployed.store.parameters.get('/registry/demo/migrate/approved-plan')?.value).toBe(hash);
  });
});

test('each command of the guide does what it says, as it is printed there', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', deployed.store.url);
  await deployed.deploy(FILES);
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/remote.md'), 'utf8');
  const lines = codeBlocks(guide, 'sh').flatMap((block) => block.trimEnd().split('\n'));
  expect(lines.length).toBeGreaterThan(7);
  writeFileSync(join(deployed.laptop, '.env.production'), `REGISTRY_JOBS_FUNCTION=${FUNCTION}\n`);
  let hash = '';
  const seen: string[] = [];
  for (const line of lines) {
    // The second `plan` is of what is pending then.
    if (hash === '' && seen.includes('up') && line.includes(' plan '))
      await deployed.deploy({ ...FILES, '003_c.sql': 'create table c ();' });
    const [npx, tool, ...args] = line.replace('$HASH', hash).split(' ');
    expect([npx, tool]).toEqual(['npx', 'registry-jobs']);
    const { code, stdout } = await cliInProcess(args, { folder: deployed.laptop });
    expect([line, code]).toEqual([line, 0]);
    if (seen.includes('up')) hash = /--plan ([0-9a-f]{16})/.exec(stdout)?.[1] ?? hash;
    seen.push(args[0] ?? '');
  }
  expect(seen).toEqual(['status', 'plan', 'verify', 'history', 'up', 'watch', 'cancel', 'plan', 'approve']);
  expect(deployed.store.parameters.get('/registry/staging/migrate/approved-plan')?.value).toBe(hash);
});

describe('long answers', () => {
  test('10,000 versions, and thousands of attempts with long errors', async () => {
    await deployed.deploy(FILES);
    await run('up');
    await deployed.database.query(`insert into schema_migrations (version, started_at, finished_at)
      select 'v' || lpad(n::text, 40, '0'), '2026-01-01', '2026-01-01' from generate_series(1, 10000) n`);
    await deployed.database.query(`insert into schema_migrations_journal
        (id, run_id, version, file, checksum, direction, transaction, status, statements, started_at, error, who, tool_version)
      select gen_random_uuid(), gen_random_uuid(), 'v' || n, 'migrations/v' || n || '.sql', repeat('c', 64), 'up', true, 'failed', 1,
        timestamp '2026-01-01' + interval '1 s' * n, repeat('€', 3000), 'me', '1' from generate_series(1, 3000) n`);
    const status = await run('status', '--json');
    const report = JSON.parse(status.stdout);
    expect(report.entries).toHaveLength(10_002);
    const page = await run('history', '--limit', '1200', '--json');
    const { attempts, next } = JSON.parse(page.stdout);
    expect(attempts).toHaveLength(1_200);
    expect(next).toMatch(/^2026-01-01T/);
    expect(page.stderr).toContain('Left out of this one: ends of long texts.');
    const second = JSON.parse((await run('history', '--limit', '1', '--before', next, '--json')).stdout);
    expect(second.attempts[0].startedAt < attempts.at(-1).startedAt).toBe(true);
    expect((await run('status', '--history', '1000')).code).toBe(0);
    expect((await run('watch')).code).toBe(0);
  });
});
