import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { type CliDatabase, cli, cliInProcess, createCliDatabase, createProject } from '../support/cli.ts';
import { type FakeParameterStore, startParameterStore } from '../support/parameter-store.ts';
import { startRdsLogin } from '../support/rds-login.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';

/* The same settings by flag, by variable and by file; and from Parameter Store, through a tunnel. */
let database: CliDatabase;
beforeAll(async () => {
  database = await createCliDatabase({ suffix: '_development' });
  await database.query(`create schema app; grant all on schema app to public;
    create function app.one() returns int language sql as 'select 1'`);
});
afterAll(() => database.drop());

const files = { 'db/001_a.sql': 'create table if not exists a (x int)' };
const one = { REGISTRY_JOBS_MIGRATIONS: 'db', REGISTRY_JOBS_LEDGER: 'app.applied' };
const functions = { REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'app.one' };

describe.each([
  ['flags', { flags: true }],
  ['variables', { env: { ...one, ...functions } }],
  ['a file', { file: { ...one, ...functions } }],
  ['flags over others', { flags: true, env: { REGISTRY_JOBS_MIGRATIONS: 'no', REGISTRY_JOBS_LEDGER: 'no' } }],
  ['variables over a file', { env: one, file: { ...functions, REGISTRY_JOBS_MIGRATIONS: 'no' } }],
])(
  'by %s',
  (_, {
    flags = false,
    env = {},
    file = {},
  }: {
    flags?: boolean;
    env?: Record<string, string>;
    file?: Record<string, string>;
  }) => {
    const run = async (...args: string[]) => {
      const folder = createProject(files, database, file);
      const { code, stdout, stderr } = await cliInProcess([...args, '-e', 'test'], { folder, env });
      return { code, text: stdout + stderr };
    };

    test('the folder and the ledger', async () => {
      const given = flags ? ['-m', 'db', '--ledger', 'app.applied'] : [];
      expect(await run('up', ...given)).toMatchObject({ code: 0 });
      expect(await database.query('select version from app.applied')).toEqual([{ version: '001_a' }]);
      const { text } = await run('status', ...given);
      expect(text).toMatch(/^applied {2}001_a /m);
      expect(await database.query(`select to_regclass('public.schema_migrations') as ledger`)).toEqual([
        { ledger: null },
      ]);
    });

    test('the statistics functions', async () => {
      const given = flags ? ['--statistics-functions', 'app.one'] : [];
      const { code, text } = await run('refresh', ...given);
      expect([code, text]).toEqual([0, expect.stringContaining('  refreshed  app.one')]);
    });
  },
);

test('new writes where up reads', async () => {
  const folder = createProject({}, database, { REGISTRY_JOBS_MIGRATIONS: 'db/of the file' });
  expect((await cliInProcess(['new', 'a', '-e', 'test'], { folder })).stdout).toMatch(
    /^Created db\/of the file\/001_a\.sql$/m,
  );
  const env = { REGISTRY_JOBS_ENVIRONMENT: 'test' };
  expect((await cliInProcess(['new', 'b'], { folder, env })).stdout).toMatch(
    /^Created db\/of the file\/002_b\.sql$/m,
  );
});

test('lint reads there as well, though it has no database', async () => {
  const folder = createProject({ ...files, '.env.development': 'REGISTRY_JOBS_MIGRATIONS=db' });
  const { stdout, stderr } = await cliInProcess(['lint'], { folder });
  expect(stdout + stderr).toContain('1 file in db read');
});

test.each([
  [{}, 'REGISTRY_JOBS_MIGRATIONS=gone', '.env.development'],
  [{ REGISTRY_JOBS_MIGRATIONS: 'gone' }, '', 'the environment'],
])('a folder that is not there: who named it, for each command', async (env, file, place) => {
  const folder = createProject({ '.env.development': file });
  for (const command of ['lint', 'up', 'status', 'reset']) {
    const { code, stderr } = await cliInProcess([command], { folder, env });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `error: The migrations folder gone cannot be read. It is named by REGISTRY_JOBS_MIGRATIONS in ${place}. [no-migrations-folder]`,
    );
  }
});

describe('a file as applications have it', () => {
  test('.env and names of their own are understood for development', async () => {
    const { hostname, port, username, password } = new URL(database.url);
    const text = [
      `DB_HOST=${hostname}`,
      `DB_PORT=${port}`,
      `DB_NAME=${database.name}`,
      `DB_USER=${username}`,
      `DB_PASSWORD='${decodeURIComponent(password)}'`,
      'DB_USE_SSL=false',
      'PGUSER=nobody_else',
      'REGISTRY_JOBS_LEGDER=app.applied',
    ];
    const folder = createProject({ ...files, '.env': text.join('\n') });
    const { stdout, stderr } = await cliInProcess(['status', '-m', 'db'], { folder });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Warning: REGISTRY_JOBS_LEGDER is set in \.env and was not used: .*\n/);
    expect(stderr).toContain(
      `Warning: DB_USER in .env does not agree with PGUSER there, which was used (nobody_else, not ${username}).\n`,
    );
    expect(stderr).toContain('refused user nobody_else');
    writeFileSync(path.join(folder, '.env'), text.slice(0, -2).join('\n'));
    const { code, stdout: report } = await cliInProcess(['status', '-m', 'db'], { folder });
    expect([code, report.split('\n', 1)[0]]).toEqual([
      0,
      expect.stringMatching(`^${database.name} on ${hostname}:${port} as ${username} \\(Postgres `),
    ]);
  });

  test('another name is pointed at', async () => {
    const folder = createProject(files, undefined, { PGHOST: 'h', PGDATABASE: 'd', POSTGRES_USER: 'me' });
    const { code, stderr } = await cliInProcess(['status', '-e', 'test', '-m', 'db'], { folder });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('- PGUSER in .env.test is not set (POSTGRES_USER is there, and not read)\n'),
    ]);
  });
});

test('a Unix socket, as libpq writes it in a URL and in pairs', async () => {
  const { hostname, port, username, password } = new URL(database.url);
  const folder = createProject(files);
  const sockets = mkdtempSync(path.join(tmpdir(), 'rj-'));
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(path.join(sockets, '.s.PGSQL.5432'));
  await once(server, 'listening');
  const word = decodeURIComponent(password).replace(/['\\]/g, '\\$&');
  for (const url of [
    `postgres:///${database.name}?host=${sockets}&user=${username}&password=${password}`,
    `postgresql://${username}:${password}@${encodeURIComponent(sockets)}/${database.name}?sslmode=require`,
    `host=${sockets} dbname=${database.name} user=${username} password='${word}'`,
  ]) {
    const { stdout, stderr } = await cliInProcess(['status', '-m', 'db', '--database-url', url], { folder });
    expect([stdout.split(' (Postgres', 1)[0], stderr]).toEqual([
      `${database.name} on ${sockets}:5432 as ${username}`,
      '',
    ]);
  }
  server.close();
  rmSync(sockets, { recursive: true });
});

test('an exported URL does not pass for production', async () => {
  const folder = createProject(files, database);
  const env = { DATABASE_URL: 'postgres://me:hunter2-secret@localhost:1/shop' };
  const { code, stderr } = await cliInProcess(['up', '-m', 'db', '--env', 'production'], { folder, env });
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^error: --env production and DATABASE_URL both say which database is meant; .* shop on localhost as me\. \[two-databases\]\n/,
    ),
  ]);
  expect(stderr).toMatch(/: env -u DATABASE_URL registry-jobs status --migrations db --env production\n$/);
});

describe('Parameter Store and a tunnel', () => {
  const identity = createCertificate('registry.abc.eu-central-1.rds.amazonaws.com');
  let store: FakeParameterStore;
  let tunnel: Awaited<ReturnType<typeof startTlsProxy>>;
  let folder: string;
  beforeAll(async () => {
    const { hostname, port, username, password } = new URL(database.url);
    store = await startParameterStore({
      '/shop/migrate/db/host': 'registry.abc.eu-central-1.rds.amazonaws.com',
      '/shop/migrate/db/name': database.name,
      '/shop/migrate/db/user': username,
      '/shop/migrate/db/password': { type: 'SecureString', value: decodeURIComponent(password) },
      '/shop/migrate/ledger': 'app.applied',
    });
    tunnel = await startTlsProxy({ tls: identity, behind: { host: hostname, port: Number(port) } });
    folder = createProject({ ...files, 'ca.pem': identity.certificate });
  });
  afterAll(async () => {
    tunnel.close();
    await store.close();
  });
  const aws = () => ({
    AWS_ENDPOINT_URL_SSM: store.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKE',
    AWS_SECRET_ACCESS_KEY: 'fake',
  });

  test.each([
    ['a flag', ['--parameter-path', '/shop/migrate/'], {}],
    ['a variable', [], { REGISTRY_JOBS_PARAMETER_PATH: '/shop/migrate' }],
  ])('verify-full checks the name of RDS at 127.0.0.1, with the path by %s', async (_, flag, variable) => {
    const env = {
      ...{ ...aws(), ...variable },
      ...{ PGHOSTADDR: tunnel.host, PGPORT: String(tunnel.port), PGSSLROOTCERT: 'ca.pem' },
    };
    const before = tunnel.encrypted();
    const { code, stdout, stderr } = await cli(['status', '-m', 'db', ...flag], { folder, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n', 1)[0]).toContain(
      `${database.name} on registry.abc.eu-central-1.rds.amazonaws.com through 127.0.0.1:${tunnel.port} as ${database.name}_user (Postgres `,
    );
    expect(tunnel.encrypted()).toBe(before + 1);
    expect(
      JSON.parse((await cli(['status', '-m', 'db', '--json', ...flag], { folder, env })).stdout),
    ).not.toHaveProperty('environment');
  });

  test('and refuses whoever has no certificate of it', async () => {
    const other = await startTlsProxy({ tls: createCertificate('127.0.0.1'), behind: () => {} });
    const env = { ...aws(), PGHOSTADDR: other.host, PGPORT: String(other.port), PGSSLROOTCERT: 'ca.pem' };
    const { code, stderr } = await cli(['status', '-m', 'db', '--parameter-path', '/shop/migrate'], {
      folder,
      env,
    });
    other.close();
    expect([code, stderr]).toEqual([1, expect.stringContaining('[connect-certificate]')]);
  });

  test('a token is signed for the name and the port of RDS, whatever the tunnel ends in', async () => {
    const rds = await startRdsLogin(identity);
    store.parameters.set('/shop/migrate/db/auth', { value: 'iam' });
    const env = { ...aws(), PGHOSTADDR: rds.host, PGPORT: String(rds.port), PGSSLROOTCERT: 'ca.pem' };
    const { stderr } = await cli(['status', '-m', 'db', '--parameter-path', '/shop/migrate'], {
      folder,
      env,
    });
    rds.close();
    store.parameters.delete('/shop/migrate/db/auth');
    expect(stderr).toContain('[connect-denied]');
    expect(rds.attempts.map(({ password }) => password.split('?')[0])).toEqual([
      'registry.abc.eu-central-1.rds.amazonaws.com:5432/',
    ]);
  });

  test('a path that is none', async () => {
    const { code, stderr } = await cliInProcess(['status', '-m', 'db', '--parameter-path', 'shop'], {
      folder,
    });
    expect([code, stderr]).toEqual([
      2,
      'error: "shop" is not a path of Parameter Store. [bad-parameter-path]\nWhat to do: A path begins with a slash: registry-jobs status --migrations db --parameter-path /registry/staging/migrate\n',
    ]);
  });
});
