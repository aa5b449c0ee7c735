import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctor } from '../../lib/api.ts';
import type { DoctorReport, DoctorStep } from '../../lib/reports/doctor.ts';
import { createCertificate } from '../support/certificate.ts';
import { cliInProcess, createProject, watchPassword } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { withProxy } from '../support/meddler.ts';
import { startTlsProxy, type TlsProxyOptions } from '../support/tls-proxy.ts';

const password = `s3cret ${randomBytes(6).toString('hex')}`;
const project = createProject({ 'migrations/001_a.sql': 'create table if not exists a (x int);' });
let database: TestDatabase;
let role: string;
let url: string;

/** A database whose user may log in and create in public, and nothing else that Postgres does not give to all. */
beforeAll(async () => {
  watchPassword(password);
  database = await createTestDatabase();
  role = `${database.name}_me`;
  await database.query(
    `create role ${role} login password '${password}'; grant create on schema public to ${role}`,
  );
  url = urlAs(role, password);
});
afterAll(async () => {
  await database.query(`drop owned by ${role}; drop role ${role}`);
  await database.drop();
});

function urlAs(user: string, secret: string, name = database.name): string {
  const made = new URL(database.url);
  [made.username, made.password, made.pathname] = [user, encodeURIComponent(secret), `/${name}`];
  return made.toString();
}

const run = (to: string, ...args: string[]) =>
  cliInProcess(['doctor', ...args], { folder: project, env: { DATABASE_URL: to } });

async function report(to: string, ...args: string[]): Promise<DoctorReport & { code: number }> {
  const { code, stdout } = await run(to, ...args, '--json');
  return { ...JSON.parse(stdout), code };
}

const at = ({ checks }: DoctorReport, step: DoctorStep) => checks.filter((check) => check.step === step);
const problems = ({ checks }: DoctorReport) =>
  checks.filter(({ status }) => status === 'problem').map(({ step, code }) => [step, code]);
const unknown = ({ checks }: DoctorReport) =>
  checks.filter(({ status }) => status === 'unknown').map(({ step }) => step);

/** Without what differs from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(new URL(database.url).port, 'PORT')
    .replaceAll(role, 'ME')
    .replaceAll(database.name, 'SHOP')
    .replace(/\d+(\.\d+)? (ms|s)\b/g, 'N ms')
    .replace(/Postgres \d+\.\d+/g, 'Postgres VERSION')
    .replace(/connections: .*\n(?: {9}.*\n)*/, 'connections: N\n');
}

/** Text of a step as one line. */
const textOf = (stdout: string, step: string) =>
  new RegExp(`^\\w+ +${step}: .*\\n(?: {9}.*\\n)*`, 'm').exec(stdout)?.[0].replace(/\n {9}(?! )/g, ' ');

test('who may only log in is told what is missing; with what can be pasted up gets through', async () => {
  const own = await createTestDatabase();
  await own.query('revoke create on schema public from public');
  const to = urlAs(role, password, own.name);
  const before = await run(to);
  expect([before.code, before.stderr]).toEqual([1, '']);
  expect(steady(textOf(before.stdout, 'schema') ?? '')).toBe(
    `problem  schema: search_path is "$user", public; ME may not create in public, so a file that names no schema has nowhere to create anything [statement-failed] What to do: Let the owner of the schema say:
           GRANT USAGE, CREATE ON SCHEMA public TO ME;
`,
  );
  expect(steady(textOf(before.stdout, 'ledger') ?? '')).toBe(
    `problem  ledger: there is no schema_migrations and schema_migrations_journal, and ME may not create it in public [ledger-failed] What to do: Let an owner say:
           GRANT USAGE, CREATE ON SCHEMA public TO ME;
`,
  );
  expect(before.stdout).toMatch(/\n2 problems: up would not get through\. .*\n {2}registry-jobs doctor\n$/);
  // What it says is so.
  const up = () => cliInProcess(['up'], { folder: project, env: { DATABASE_URL: to } });
  expect(await up()).toMatchObject({ code: 1, stderr: expect.stringContaining('[ledger-failed]') });
  const pasted = new Set(before.stdout.match(/^ +GRANT .*;$/gm));
  expect(pasted.size).toBe(1);
  for (const sql of pasted) await own.query(sql);
  const after = await report(to);
  expect([after.code, after.status, problems(after)]).toEqual([0, 'ok', []]);
  expect(await up()).toMatchObject({ code: 0 });
  expect(at(await report(to), 'ledger')).toEqual([
    {
      step: 'ledger',
      status: 'ok',
      message: `public.schema_migrations has 1 version; ${role} may read and write it and schema_migrations_journal`,
    },
  ]);
  await own.drop();
});

test('a file that is half done stops up, and so it is a problem', async () => {
  const own = await createTestDatabase();
  const files = { 'migrations/1_a.sql': '-- registry-jobs: transaction off\nselect 1;\nselect 1/0;' };
  const half = { folder: createProject(files), env: { DATABASE_URL: own.url } };
  expect(await cliInProcess(['up'], half)).toMatchObject({ code: 1 });
  const { code, stdout } = await cliInProcess(['doctor', '--json'], half);
  await own.drop();
  const found: DoctorReport = JSON.parse(stdout);
  expect([code, problems(found)]).toEqual([1, [['ledger', 'half-done']]]);
  expect(at(found, 'ledger')[1]?.message).toContain('1_a.sql runs without a transaction and stopped after');
});

describe('whose rights are few', () => {
  test('the whole of it, at 80 columns, with no secret', async () => {
    const { code, stdout, stderr } = await run(url);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain(password);
    expect(
      steady(stdout).replace(/(host|port|database|user|password set|TLS|ledger) +(\S.*?) {2,}/g, '$1 $2 '),
    ).toContain(
      `ok       settings: where each came from:
         host 127.0.0.1 DATABASE_URL
         port PORT DATABASE_URL
         database SHOP DATABASE_URL
         user ME DATABASE_URL
         password set yes DATABASE_URL
         TLS disable default
         ledger public.schema_migrations default
ok       name: 127.0.0.1 is an address
ok       network: 127.0.0.1:PORT accepts connections, in N ms
ok       tls: not encrypted: the settings ask for none (disable, default); the
         server is on this machine
`,
    );
    expect(steady(stdout)).toContain(
      `ok       pooler: no sign of one: the server has the process id that was
         announced, and the settings that we asked for
`,
    );
    expect(steady(stdout).split('\n').slice(-19).join('\n')).toContain(
      `ok       round-trip: N ms, the median of five; a file costs about one
ok       clock: this machine and the server agree to N ms
ok       connections: N
ok       timeouts: no timeout of role or database would cut a long migration
`,
    );
    expect(stdout.endsWith('would stop up. What it would do:\n  registry-jobs plan\n')).toBe(true);
  });

  test('what it lacks on tables that are there', async () => {
    await database.query(`create schema app authorization postgres; grant usage, create on schema app to ${role};
      create table app.ledger (version varchar primary key, started_at timestamp, finished_at timestamp, checksum text);
      grant select, insert on app.ledger to ${role}`);
    const lacking = await report(url, '--ledger', 'app.ledger');
    expect(problems(lacking)).toEqual([['ledger', 'ledger-failed']]);
    expect(at(lacking, 'ledger')[0]).toMatchObject({
      message: `${role} lacks UPDATE on ledger`,
      run: `GRANT UPDATE ON app.ledger TO ${role};`,
    });
    // It is nothing that a migration would alter.
    const there = await report(`${url}?options=-csearch_path%3Dapp`, '--ledger', 'app.ledger');
    expect(at(there, 'roles')[0]).toMatchObject({ status: 'ok' });
    await database.query(`GRANT UPDATE ON app.ledger TO ${role};`);
    expect(at(await report(url, '--ledger', 'app.ledger'), 'ledger')[0]).toMatchObject({
      status: 'warning',
      message: `app.ledger has 0 versions; ${role} may read and write it, and create ledger_journal, but delete nothing from it: down, redo and force --remove would fail`,
      run: `GRANT DELETE ON app.ledger TO ${role};`,
    });
    await database.query('alter table app.ledger drop column checksum');
    expect(at(await report(url, '--ledger', 'app.ledger'), 'ledger')[0]).toMatchObject({
      code: 'ledger-failed',
      message: `ledger lacks columns, and ${role} may not add them: only its owner may`,
    });
    await database.query(`revoke select on app.ledger from ${role}`);
    expect(at(await report(url, '--ledger', 'app.ledger'), 'ledger')[0]).toMatchObject({
      code: 'ledger-denied',
      hint: 'Let its owner say:',
      run: `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "app"."ledger" TO "${role}"`,
    });
    expect(at(await report(url, '--ledger', 'not_there.ledger'), 'ledger')[0]).toMatchObject({
      message: 'there is no schema not_there',
      run: `CREATE SCHEMA not_there AUTHORIZATION ${role};`,
    });
  });

  test('tables of somebody else, and of search_path no schema', async () => {
    const owner = `${role}_owner`;
    await database.query(
      `create role ${owner}; create schema theirs authorization ${owner}; grant usage on schema theirs to ${role};
      set role ${owner}; create table theirs.b (x int); reset role`,
    );
    const see = (path: string) => report(`${url}?options=-csearch_path%3D${path}`);
    const found = await see('theirs');
    expect(at(found, 'roles')[0]).toMatchObject({
      status: 'warning',
      message: `${role} is member of no other role; only an owner may alter or drop a table, and this user is not that for 1 table of ${owner}`,
      run: `GRANT ${owner} TO ${role};`,
    });
    expect(problems(found)).toEqual([['schema', 'statement-failed']]);
    await database.query(at(found, 'roles')[0]?.run ?? '');
    const granted = await see('theirs');
    expect(at(granted, 'roles')[0]).toMatchObject({
      status: 'ok',
      message: `${role} is member of ${owner}; may change all 1 table there`,
    });
    expect(problems(granted)).toEqual([]);
    expect(at(await see('nowhere'), 'schema')[0]).toMatchObject({
      status: 'problem',
      message:
        'search_path is nowhere; there is no schema nowhere, so a file that names no schema has nowhere to create anything',
      run: `CREATE SCHEMA nowhere AUTHORIZATION ${role};`,
    });
    // The next one in the path would take what was meant for the first.
    await database.query(`revoke usage on schema theirs from ${role}; revoke ${owner} from ${role}`);
    const next = at(await see('"%24user"%2C"theirs"%2Cpublic'), 'schema')[0];
    expect(next).toMatchObject({
      status: 'warning',
      message: `search_path is "$user","theirs",public; ${role} may not use theirs, so a file that names no schema creates in public`,
      run: `GRANT USAGE, CREATE ON SCHEMA theirs TO ${role};`,
    });
    // A member that does not inherit has to begin as the owner.
    await database.query(`grant ${owner} to ${role}; alter role ${role} noinherit; grant usage on schema theirs to ${role};
      do $$ begin if current_setting('server_version_num')::int >= 160000 then
        execute 'grant ${owner} to ${role} with inherit false'; end if; end $$`);
    const member = at(await see('theirs'), 'roles')[0];
    expect(member).toMatchObject({
      status: 'warning',
      run: `ALTER ROLE ${role} SET role = ${owner};`,
      message: expect.stringMatching(new RegExp(`^${role} is member of ${owner}; only an owner may alter`)),
    });
    await database.query(member?.run ?? '');
    expect(at(await see('theirs'), 'roles')[0]?.message).toBe(
      `${role}, who works as ${owner}, is member of no other role; may change all 1 table there`,
    );
    await database.query(`alter role ${role} reset role; alter role ${role} inherit`);
    await database.query(`drop owned by ${owner}; drop role ${owner}`);
  });
});

describe('a way that ends', () => {
  const REST = ['round-trip', 'clock', 'connections', 'timeouts', 'roles', 'schema', 'ledger', 'lock'];

  test('a wrong password', async () => {
    const found = await report(urlAs(role, 'not the one'));
    expect([found.code, problems(found)]).toEqual([1, [['login', 'connect-denied']]]);
    const { hostname, port } = new URL(url);
    expect(at(found, 'login')).toEqual([
      {
        step: 'login',
        status: 'problem',
        code: 'connect-denied',
        message: `The server at ${hostname}:${port} refused user ${role}: password authentication failed for user "${role}" (SQLSTATE 28P01)`,
        hint: 'Correct the user or the password. Try it by hand:',
        run: `psql --host ${hostname} --port ${port} --username ${role} --dbname ${database.name}`,
      },
    ]);
    expect(unknown(found)).toEqual(['pooler', 'server', 'read-only', ...REST]);
    expect(at(found, 'files')[0]?.status).toBe('ok');
    expect(at(found, 'tls')[0]?.status).toBe('ok');
  });

  test('a user or a database that may not be used: what is said is what the server lacks', async () => {
    const own = await createTestDatabase();
    const other = `${own.name}_x`;
    await database.query(`create role ${other} login password '${password}'`);
    const to = urlAs(other, password, own.name);
    const steps: [before: string, code: string, message: RegExp][] = [
      [
        `revoke connect on database ${own.name} from public`,
        'connect-denied',
        /refused user \w+: permission denied for database "\w+" \(SQLSTATE 42501\)$/,
      ],
      [
        `alter role ${other} connection limit 0`,
        'connect-too-many',
        /lets in no more sessions of the role: too many connections for role "\w+" \(SQLSTATE 53300\)$/,
      ],
      [
        `alter database ${own.name} connection limit 0`,
        'connect-too-many',
        /lets in no more sessions of the database: too many connections for database "\w+" \(SQLSTATE 53300\)$/,
      ],
      [
        `alter role ${other} nologin`,
        'connect-denied',
        /refused user \w+: role "\w+" is not permitted to log in \(SQLSTATE 28000\)$/,
      ],
      [
        `alter database ${own.name} allow_connections false`,
        'connect-failed',
        /lets nobody in: database "\w+" is not currently accepting connections \(SQLSTATE 55000\)$/,
      ],
    ];
    for (const [before, code, message] of steps) {
      await database.query(before);
      const found = await report(to);
      const [check] = at(found, 'login');
      expect(check).toMatchObject({ code, message: expect.stringMatching(message) });
      // What is said to be the cure is one.
      await database.query(check?.run ?? '');
      expect(at(await report(to), 'login')[0]?.status, check?.run).toBe('ok');
    }
    await own.drop();
    await database.query(`drop role ${other}`);
  });

  test('no such database', async () => {
    const found = await report(urlAs(role, password, 'not_there'));
    expect(at(found, 'login')[0]).toMatchObject({
      code: 'connect-no-database',
      hint: 'Create it:',
      run: expect.stringMatching(/^createdb --host 127\.0\.0\.1 --port \d+ --username \w+ not_there$/),
    });
  });

  test('a port that nothing listens on', async () => {
    const { code, stdout } = await run('postgres://me@127.0.0.1:1/shop');
    expect(code).toBe(1);
    expect(stdout).toContain(
      `problem  network: Nothing accepts connections at 127.0.0.1:1. [connect-refused]
         What to do: Start the server, or correct the host and port. See what
         answers there:
           pg_isready --host 127.0.0.1 --port 1
-        tls, login, pooler, server, read-only, round-trip, clock, connections,
         timeouts, roles, schema, ledger, lock: not looked at, because of
         network
ok       files: 1 SQL file in migrations, counted and not read. To have them
         read:
           registry-jobs lint

1 problem: up would not get through. Mend it, then look again:
  registry-jobs doctor
`,
    );
  });

  test('a host that does not resolve', async () => {
    const found = await report('postgres://me@no-such-host.invalid/shop');
    expect(at(found, 'name')).toEqual([
      {
        step: 'name',
        status: 'problem',
        code: 'connect-unknown-host',
        message: 'The host name no-such-host.invalid is not known.',
        hint: 'Correct the host. See what the resolver knows:',
        run: 'nslookup no-such-host.invalid',
      },
    ]);
    expect(unknown(found)).toEqual(['network', 'tls', 'login', 'pooler', 'server', 'read-only', ...REST]);
  });

  test('settings with a fault: the way to the host is looked at all the same', async () => {
    const { hostname, port } = new URL(url);
    const env = { PGHOST: hostname, PGPORT: port, PGPASSWORD: password, PGSSLMODE: 'sometimes' };
    const { code, stdout } = await cliInProcess(['doctor', '--json'], { folder: project, env });
    const found: DoctorReport = JSON.parse(stdout);
    expect([code, problems(found)]).toEqual([1, [['settings', 'invalid-settings']]]);
    expect(at(found, 'settings')[0]?.detail).toBe(
      `- PGDATABASE is not set
- PGSSLMODE: "sometimes" is not one of disable, allow, prefer, require, verify-ca, verify-full
- PGUSER is not set`
        .split('\n')
        .sort((one, other) => (one.includes('SSL') ? -1 : other.includes('SSL') ? 1 : 0))
        .join('\n'),
    );
    expect(at(found, 'network')[0]?.status).toBe('ok');
    expect(found.settings).toContainEqual({ setting: 'host', value: hostname, from: 'PGHOST' });
    expect(found.settings).toContainEqual({ setting: 'database', value: 'not set', from: '' });
  });

  test('no settings at all, and no folder', async () => {
    const folder = createProject({});
    const { code, stdout } = await cliInProcess(['doctor', '--json'], { folder });
    expect(code).toBe(1);
    const found: DoctorReport = JSON.parse(stdout);
    // Nothing was found, so nothing is said of any.
    expect(found.settings).toEqual([]);
    expect(problems(found)).toEqual([
      ['settings', 'no-settings'],
      ['files', 'no-migrations-folder'],
    ]);
  });
});

test('a pooler between: told, and no table is opened through it', async () => {
  const KEY_DATA = Buffer.from('K\0\0\0\x0c', 'latin1');
  const sent: string[] = [];
  const pooler = {
    toClient: (bytes: Buffer) => {
      const found = bytes.indexOf(KEY_DATA);
      if (found >= 0) bytes.writeInt32BE(4711, found + KEY_DATA.length);
      return bytes;
    },
    toServer: (bytes: Buffer) => {
      sent.push(bytes.toString('latin1'));
      return bytes;
    },
  };
  const found = await withProxy(url, pooler, (through) => report(through));
  expect([found.code, problems(found)]).toEqual([1, [['pooler', 'connect-pooler']]]);
  expect(at(found, 'pooler')[0]).toMatchObject({
    message: 'A connection pooler stands between us and the database.',
    hint:
      'Connect to the database itself: a pooler moves sessions between servers, and locks with them. Behind it is ' +
      `${new URL(url).host}, says the server. Look at that:`,
    run: `registry-jobs doctor --database-url postgres://${role}@${new URL(url).host}/${database.name}`,
  });
  expect(at(found, 'server')[0]?.status).toBe('ok');
  expect(unknown(found)).toEqual([]);
  expect(sent.join('')).not.toContain('"schema_migrations" l');
});

describe('TLS', () => {
  const forLocalhost = createCertificate('localhost');
  const through = async <T>(tls: TlsProxyOptions['tls'], work: (port: number) => Promise<T>) => {
    const { hostname: host, port } = new URL(url);
    const proxy = await startTlsProxy({ tls, behind: { host, port: Number(port) } });
    return work(proxy.port).finally(() => proxy.close());
  };
  const see = (port: number, mode: string, host = 'localhost', secret = password) =>
    doctor({
      database: {
        ...{ host, port, user: role, password: secret, database: database.name },
        tls: { mode: mode as 'require', certificates: [forLocalhost.certificate] },
      },
    });

  test('verified against a name, also where nobody is let in', async () => {
    const found = await through(forLocalhost, (port) => see(port, 'verify-full'));
    expect(at(found, 'tls')).toEqual([
      {
        step: 'tls',
        status: 'ok',
        message: expect.stringMatching(
          /^TLSv1\.3, TLS_\w+; certificate for localhost, signed by localhost, until 2049-01-01; it was verified against localhost \(verify-full, database\.tls\)$/,
        ),
      },
    ]);
    expect(found.tls).toMatchObject({
      version: 'TLSv1.3',
      verifiedName: 'localhost',
      authorityVerified: true,
    });
    const refused = await through(forLocalhost, (port) => see(port, 'verify-full', 'localhost', 'wrong'));
    expect([at(refused, 'tls')[0]?.status, problems(refused)]).toEqual(['ok', [['login', 'connect-denied']]]);
  });

  test('encrypted, and not verified', async () => {
    const found = await through(forLocalhost, (port) => see(port, 'require', '127.0.0.1'));
    expect(at(found, 'tls')[0]?.message).toMatch(
      /it was not verified, since the settings ask for require \(database\.tls\)$/,
    );
    expect(found.tls).toMatchObject({ version: 'TLSv1.3', authorityVerified: false });
    expect(found.tls?.verifiedName).toBeUndefined();
  });

  test('a certificate for another name is shown', async () => {
    const other = createCertificate('db.example');
    const found = await through(other, (port) =>
      doctor({
        database: {
          ...{ host: 'localhost', port, user: role, password, database: database.name },
          tls: { mode: 'verify-full', certificates: [other.certificate] },
        },
      }),
    );
    expect(problems(found)).toEqual([['tls', 'connect-certificate']]);
    expect(at(found, 'tls')[0]).toMatchObject({
      detail: 'It shows a certificate for db.example, signed by db.example, until 2049-01-01.',
      run: expect.stringMatching(/^openssl s_client -starttls postgres -connect localhost:\d+ /),
    });
  });

  test('none is offered', async () => {
    const found = await through('refused', (port) => see(port, 'verify-full'));
    expect(problems(found)).toEqual([['tls', 'connect-no-tls']]);
    expect(unknown(found)).toContain('login');
  });
});

describe('what the server says', () => {
  test('Aurora, by a function of its own and not by one of a user', async () => {
    await database.query(`create function public.aurora_version() returns text language sql as 'select 1/0'`);
    expect((await report(url)).session?.server).toMatchObject({ kind: 'plain', role: 'primary' });
    await database.query(
      `create function pg_catalog.aurora_version() returns text language sql as $$ select '16.4.1' $$`,
    );
    const found = await report(url);
    expect(found.session?.server).toMatchObject({ kind: 'aurora', auroraVersion: '16.4.1' });
    expect(at(found, 'server')[0]?.message).toMatch(
      /^Postgres \d+\.\d+; Amazon Aurora: it has aurora_version\(\), which says 16\.4\.1$/,
    );
    await database.query('drop function pg_catalog.aurora_version()');
  });

  test('defaults of role and database: which count, and that ours count before them', async () => {
    await database.query(`alter database ${database.name} set statement_timeout = '5s';
      alter role ${role} in database ${database.name} set statement_timeout = '30s';
      alter role ${role} set statement_timeout = '40s';
      alter role ${role} set default_transaction_read_only = on`);
    const found = await report(url);
    expect(at(found, 'timeouts')).toEqual([
      {
        step: 'timeouts',
        status: 'ok',
        message: `none would cut a long migration, since our sessions set their own: statement_timeout 30s of role ${role} in database ${database.name} (0 in a session of ours)`,
      },
    ]);
    expect(at(found, 'read-only')[0]).toMatchObject({
      status: 'warning',
      message: `the server is a primary; role ${role} has default_transaction_read_only on. Migrations begin READ WRITE and are not kept by it, but somebody may have meant it`,
    });
    expect([found.code, found.status]).toEqual([0, 'warnings']);
    await database.query(
      `alter role ${role} reset all; alter role ${role} in database ${database.name} reset all; alter database ${database.name} reset all`,
    );
  });

  test('who holds the lock, and the lock is not taken', async () => {
    const holder = await database.connect();
    const key = await keyOfLock();
    await holder.query(`set application_name = 'registry-jobs up'; select pg_advisory_lock(${key})`);
    const found = await report(url);
    expect(at(found, 'lock')[0]).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(
        /^the lock of the migrations is held by pid \d+ \(postgres, registry-jobs up\).*: up would wait for it, /,
      ),
      run: 'registry-jobs watch',
    });
    expect(found.code).toBe(0);
    await holder.query('select pg_advisory_unlock_all()');
    expect(at(await report(url), 'lock')[0]).toMatchObject({
      status: 'ok',
      message: `nobody holds the lock of the migrations; ${role} may take it`,
    });
  });

  test('a ledger that is locked ends the looking at it, and nothing else', async () => {
    const holder = await database.connect();
    await database.query(`create table kept (version text); grant all on kept to ${role}`);
    await holder.query('begin; lock table kept');
    const found = await report(url, '--ledger', 'kept');
    await holder.query('rollback');
    expect(problems(found)).toEqual([['ledger', 'ledger-locked']]);
    expect(at(found, 'lock')[0]?.status).toBe('ok');
  });
});

async function keyOfLock(): Promise<bigint> {
  const { migrationLockKey } = await import('../../lib/postgres/session/advisory-lock.ts');
  return migrationLockKey(database.name, { schema: 'public', table: 'schema_migrations' });
}

test('the library: the same report, with no password in it', async () => {
  const found = await doctor({ database: url, folder: `${project}/migrations` });
  expect(found).toMatchObject({ command: 'doctor', environment: 'library', folder: { files: 1 } });
  expect(JSON.stringify(found)).not.toContain(password);
  expect(found.settings[0]).toEqual({ setting: 'host', value: '127.0.0.1', from: 'database' });
  const faulty = await doctor({ database: `postgres://me:${encodeURIComponent(password)}@a@b/shop` });
  expect(problems(faulty)).toEqual([['settings', 'invalid-settings']]);
  expect(JSON.stringify(faulty)).not.toContain(encodeURIComponent(password));
});
