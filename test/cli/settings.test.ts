import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { cli, cliInProcess, createCliDatabase, createProject, watchPassword } from '../support/cli.ts';
import { urlOf } from '../support/database.ts';
import { startRdsLogin } from '../support/rds-login.ts';

const migrations = { 'migrations/001_a.sql': 'SELECT 1;' };

describe('which database is used', () => {
  const named = urlOf;
  const fileDatabase = { url: named('from_file') };

  test.each<[string, Record<string, string>, string[], string]>([
    ['the one of the file', {}, [], 'from_file'],
    ['a variable wins over the file', { PGDATABASE: 'from_variable' }, [], 'from_variable'],
    [
      'DATABASE_URL wins over PG variables',
      { DATABASE_URL: named('from_url'), PGDATABASE: 'other' },
      [],
      'from_url',
    ],
    [
      'a flag wins over all',
      { DATABASE_URL: named('from_url') },
      ['--database-url', named('from_flag')],
      'from_flag',
    ],
  ])('%s', async (_, env, flags, name) => {
    const folder = createProject(migrations, fileDatabase);
    const { code, stderr } = await cliInProcess(['status', '-e', 'test', ...flags], { folder, env });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^(?:Warning: .*\n)?error: The database ${name} does not exist at .* \\[connect-no-database\\]`,
        ),
      ),
    ]);
  });

  test('REGISTRY_JOBS_ENVIRONMENT chooses the file, and --env wins over it', async () => {
    const folder = createProject(
      { ...migrations, '.env.integration': 'PGHOST=127.0.0.1\nPGPORT=x' },
      fileDatabase,
    );
    const env = { REGISTRY_JOBS_ENVIRONMENT: 'integration' };
    const chosen = await cliInProcess(['status'], { folder, env });
    expect(chosen.stderr).toContain('The settings of integration have 3 faults:');
    const flag = await cliInProcess(['status', '-e', 'test'], { folder, env });
    expect(flag.stderr).toContain('The database from_file does not exist');
  });
});

test('all faults at once, each with its name and its file, and no password', async () => {
  watchPassword('hunter2-secret');
  const folder = createProject(migrations, undefined, {
    PGHOST: 'localhost',
    PGPORT: '54321x',
    PGPASSWORD: 'hunter2-secret',
    PGSSLMODE: 'on',
    REGISTRY_JOBS_LOCK_TIMEOUT: '2',
  });
  const env = { PGUSER: 'me', REGISTRY_JOBS_MAINTENANCE: 'maybe' };
  expect(await cliInProcess(['up', '-e', 'test'], { folder, env })).toEqual({
    code: 2,
    stdout: '',
    stderr: [
      'error: The settings of test have 5 faults: [invalid-settings]',
      '- PGSSLMODE in .env.test: "on" is not one of disable, allow, prefer, require, verify-ca, verify-full',
      '- PGPORT in .env.test: "54321x" is not a port from 1 to 65535',
      '- PGDATABASE in .env.test is not set',
      '- REGISTRY_JOBS_LOCK_TIMEOUT in .env.test: "2" is not a duration such as 500ms, 2s, 10min or 1h',
      '- REGISTRY_JOBS_MAINTENANCE: "maybe" is neither on nor off',
      'What to do: Correct them where they are set. docs/reference/settings.md lists every setting.\n',
    ].join('\n'),
  });
});

test('a password that the server repeats is masked: in the error, its excerpt, its detail, a notice, and JSON', async () => {
  const database = await createCliDatabase();
  const password = decodeURIComponent(new URL(database.url).password);
  const sql = `DO $do$ BEGIN
      RAISE NOTICE '%', $$notice ${password}$$;
      RAISE EXCEPTION '%', $$error ${password}$$ USING DETAIL = $$detail ${database.url}$$;
    END $do$; SELECT $$${password}$$`;
  const folder = createProject({ 'migrations/001_a.sql': sql.replaceAll(/\n */g, ' ') }, database);
  const [text, json] = [
    await cliInProcess(['up', '-e', 'test'], { folder }),
    await cliInProcess(['up', '-e', 'test', '--json'], { folder }),
  ];
  await database.drop();
  expect(text.stdout).toMatch(/: error \*\*\* \(SQLSTATE P0001\)/);
  expect(text.stdout).toMatch(/DETAIL: detail postgres:\/\/\w+:\*\*\*@/);
  expect(text.stdout).toMatch(/1 \| DO \$do\$ BEGIN RAISE NOTICE '%', \$\$notice \*{20,}/);
  expect(text.stderr).toContain('NOTICE migrations/001_a.sql:1: notice ***\n');
  const { failed } = JSON.parse(json.stdout);
  expect([failed.error.message, failed.notices[0].message]).toEqual(['error ***', 'notice ***']);
  expect([text, json].map(({ code }) => code)).toEqual([1, 1]);
});

describe('a password', () => {
  const secret = 'only-for-the-server-of-the-file';

  /** Asks for a password in the clear, and records what it is given. */
  async function startThief() {
    const received: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        received.push(data.toString('latin1'));
        const ASKS_FOR_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
        if (received.length === 1) socket.write(ASKS_FOR_PASSWORD);
        else socket.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { port, received: () => received.join(''), close: () => server.close() };
  }

  test.each<
    [
      string,
      (port: number) => { env?: Record<string, string>; flags?: string[]; file: Record<string, string> },
      boolean,
    ]
  >([
    [
      'of the file goes to its server',
      (port) => ({ file: { DATABASE_URL: `postgres://me:${secret}@127.0.0.1:${port}/shop` } }),
      true,
    ],
    [
      'of the file does not go to the server of a flag',
      (port) => ({
        file: { DATABASE_URL: `postgres://me:${secret}@db.example/shop` },
        flags: ['--database-url', `postgres://me@127.0.0.1:${port}/shop`],
      }),
      false,
    ],
    [
      'of the file does not go to the server of a variable',
      (port) => ({
        file: { PGHOST: 'db.example', PGUSER: 'me', PGPASSWORD: secret },
        env: { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'me', PGDATABASE: 'shop' },
      }),
      false,
    ],
    [
      'of a variable does not go to the server of a flag',
      (port) => ({
        file: {},
        env: { DATABASE_URL: `postgres://me:${secret}@db.example/shop` },
        flags: ['--database-url', `postgres://me@127.0.0.1:${port}/shop`],
      }),
      false,
    ],
    [
      'in PGPASSWORD alone is for whatever server is named',
      (port) => ({
        file: {},
        env: { PGPASSWORD: secret },
        flags: ['--database-url', `postgres://me@127.0.0.1:${port}/shop`],
      }),
      true,
    ],
  ])('%s', async (_, layers, arrives) => {
    watchPassword(secret);
    const thief = await startThief();
    const { env = {}, flags = [], file } = layers(thief.port);
    const folder = createProject(migrations, undefined, file);
    const { code } = await cliInProcess(['status', '-e', 'test', ...flags], { folder, env });
    thief.close();
    expect(code).toBe(1);
    expect(thief.received()).toContain('shop');
    expect(thief.received().includes(secret)).toBe(arrives);
  });
});

test('a password that belongs to the host of a variable does not leave by the environment of the process', async () => {
  const secret = 'only-for-the-host-of-the-variable';
  watchPassword(secret);
  const received: string[] = [];
  const asks = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      received.push(data.toString('latin1'));
      if (received.length === 1) socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      else socket.destroy();
    });
  });
  asks.listen(0, '127.0.0.1');
  await once(asks, 'listening');
  const { port } = asks.address() as AddressInfo;
  const env = { PGHOST: 'db.example', PGPASSWORD: secret, HOME: '/nonexistent' };
  const url = `postgres://me@127.0.0.1:${port}/shop`;
  await cli(['status', '--database-url', url], { folder: createProject(migrations), env });
  asks.close();
  expect(received.join('')).toContain('shop');
  expect(received.join('')).not.toContain(secret);
});

describe('IAM authentication', () => {
  const password = 'a-password-that-is-not-used';
  const identity = createCertificate('localhost');
  const variables = {
    PGHOST: 'localhost',
    PGDATABASE: 'shop',
    PGUSER: 'refresher',
    PGPASSWORD: password,
    REGISTRY_JOBS_AUTH: 'iam',
    AWS_ACCESS_KEY_ID: 'AKIAFAKE',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_REGION: 'eu-central-1',
  };

  test('sends a token of the AWS credentials at hand, not the password', async () => {
    watchPassword(password);
    const rds = await startRdsLogin(identity);
    const folder = createProject(migrations);
    writeFileSync(path.join(folder, 'ca.pem'), identity.certificate);
    const env = { ...variables, PGPORT: String(rds.port), PGSSLROOTCERT: 'ca.pem' };
    const { code, stderr } = await cli(['refresh'], { folder, env });
    rds.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      'PAM authentication failed for user "refresher" (SQLSTATE 28000) [connect-denied]',
    );
    expect(rds.attempts).toEqual([
      {
        user: 'refresher',
        password: expect.stringMatching(
          new RegExp(`^localhost:${rds.port}/\\?Action=connect&DBUser=refresher&.*&X-Amz-Signature=\\w{64}&`),
        ),
      },
    ]);
  });

  test('without a check of the server says so, before anything is tried', async () => {
    const env = { ...variables, PGSSLMODE: 'require' };
    const { code, stderr } = await cliInProcess(['refresh'], { folder: createProject(migrations), env });
    expect(code).toBe(2);
    expect(stderr).toContain(
      '- PGSSLMODE: "require" does not go with IAM authentication, which needs verify-full',
    );
  });
});
