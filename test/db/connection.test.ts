import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, withConnection } from '../../lib/postgres/session/connection.ts';
import { quickly } from '../../lib/postgres/session/session-options.ts';
import type { DatabaseSettings } from '../../lib/settings/settings.ts';
import { byteChunks } from '../../lib/text/chunks.ts';
import { createCertificate } from '../support/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { databaseSettings } from '../support/settings.ts';
import { startTlsProxy, type TlsProxyOptions } from '../support/tls-proxy.ts';

let database: TestDatabase;
let settings: DatabaseSettings;
const proxies: { close(): void }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { names: _, ...rest } = databaseSettings(database.url);
  settings = rest;
  await database.query('CREATE TABLE items (id int PRIMARY KEY, name text)');
});
afterAll(async () => {
  for (const proxy of proxies) proxy.close();
  await database.drop();
});

const open = <T>(work: (connection: Connection) => Promise<T>, changes: Partial<DatabaseSettings> = {}) =>
  withConnection({ ...settings, ...changes }, quickly('registry-jobs test'), work);

const ask = async (changes: Partial<DatabaseSettings> = {}) =>
  (await open((connection) => connection.send('SELECT current_database() AS name'), changes)).rows[0]?.name;

async function startProxy({ tls }: Pick<TlsProxyOptions, 'tls'>) {
  const { close, ...proxy } = await startTlsProxy({ tls, behind: settings });
  proxies.push({ close });
  return proxy;
}

describe('no session', () => {
  test.each<[string, Partial<DatabaseSettings>, object]>([
    [
      'a wrong password',
      { password: 'wrong-password' },
      { code: 'connect-denied', sqlstate: '28P01', hint: 'Correct the user or the password.' },
    ],
    [
      'an unknown user',
      { user: 'nobody_at_all' },
      { code: 'connect-denied', message: expect.stringContaining('refused user nobody_at_all: ') },
    ],
    [
      'an unknown database',
      { database: 'not_there' },
      {
        code: 'connect-no-database',
        sqlstate: '3D000',
        hint: expect.stringMatching(
          /^Create it: createdb --host 127\.0\.0\.1 --port \d+ --username postgres not_there$/,
        ),
      },
    ],
    [
      'an unknown host',
      { host: 'no-such-host.invalid' },
      {
        code: 'connect-unknown-host',
        message: 'The host name no-such-host.invalid is not known.',
        hint: 'Correct the host.',
      },
    ],
    [
      'a port that nothing listens on',
      { host: '127.0.0.1', port: 1 },
      {
        code: 'connect-refused',
        message: 'Nothing accepts connections at 127.0.0.1:1.',
        hint: 'Start the server, or correct the host and port.',
      },
    ],
  ])('%s', async (_, changes, expected) => {
    const error = (await ask(changes).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ name: 'RegistryJobsError', ...expected });
    expect(error.cause).toBeInstanceOf(Error);
    expect(`${error.message} ${(error as { hint?: string }).hint}`).not.toContain('wrong-password');
  });

  test('a server that never answers', async () => {
    const silent = await startProxy({ tls: 'never answers' });
    await expect(ask({ ...silent, connectTimeoutMs: 150 })).rejects.toMatchObject({
      code: 'connect-timeout',
      message: `No answer from 127.0.0.1:${silent.port} within 150 ms.`,
    });
  });
});

describe('TLS', () => {
  const forLocalhost = createCertificate('localhost');

  test.each(['require', 'verify-full'] as const)('%s refuses a server without it', async (mode) => {
    const plain = await startProxy({ tls: 'refused' });
    await expect(ask({ ...plain, tls: { mode } })).rejects.toMatchObject({
      code: 'connect-no-tls',
      message: `The server at 127.0.0.1:${plain.port} does not offer TLS.`,
      hint: 'Turn TLS on in the server; or, if the network is trusted, set PGSSLMODE=disable',
    });
  });

  test.each(['allow', 'prefer'] as const)('%s does without where there is none', async (mode) => {
    const plain = await startProxy({ tls: 'refused' });
    expect(await ask({ ...plain, tls: { mode } })).toBe(database.name);
  });

  test('prefer encrypts, whoever the server is; allow only where it must', async () => {
    const proxy = await startProxy({ tls: forLocalhost });
    expect(await ask({ ...proxy, tls: { mode: 'allow' } })).toBe(database.name);
    expect(proxy.encrypted()).toBe(0);
    expect(await ask({ ...proxy, tls: { mode: 'prefer' } })).toBe(database.name);
    expect(proxy.encrypted()).toBe(1);
  });

  test.each(['allow', 'prefer'] as const)('%s tells what the server says, once', async (mode) => {
    const proxy = await startProxy({ tls: forLocalhost });
    await expect(ask({ ...proxy, password: 'wrong', tls: { mode } })).rejects.toMatchObject({
      code: 'connect-denied',
      sqlstate: '28P01',
    });
    await expect(ask({ host: '127.0.0.1', port: 1, tls: { mode } })).rejects.toMatchObject({
      code: 'connect-refused',
    });
    await expect(ask({ ...proxy, database: 'not_there', tls: { mode } })).rejects.toMatchObject({
      code: 'connect-no-database',
    });
  });

  test('verify-ca looks at the authority, and not at the name', async () => {
    const other = createCertificate('db.example');
    const proxy = await startProxy({ tls: other });
    const tls = (certificate: string) => ({ mode: 'verify-ca', certificates: [certificate] }) as const;
    expect(await ask({ ...proxy, tls: tls(other.certificate) })).toBe(database.name);
    await expect(ask({ ...proxy, tls: tls(forLocalhost.certificate) })).rejects.toMatchObject({
      code: 'connect-certificate',
    });
  });

  test('an address is where the packets go, and the name is whom the certificate has to name', async () => {
    const server = createCertificate('db.example');
    const { host: address, port, encrypted } = await startProxy({ tls: server });
    const tls = { mode: 'verify-full', certificates: [server.certificate] } as const;
    expect(await ask({ host: 'db.example', address, port, tls })).toBe(database.name);
    expect(encrypted()).toBe(1);
    await expect(ask({ host: 'other.example', address, port, tls })).rejects.toMatchObject({
      code: 'connect-certificate',
      message: expect.stringMatching(
        /^The certificate of other\.example through 127\.0\.0\.1:\d+ was not accepted: .*other\.example/,
      ),
    });
    // Without a name, the certificate has to carry the address.
    await expect(ask({ host: address, port, tls })).rejects.toMatchObject({ code: 'connect-certificate' });
  });

  test.each([
    ['in the clear', 'disable'],
    ['by TLS', 'require'],
  ] as const)('channel binding that is required and not offered sends no password: %s', async (_, mode) => {
    const proxy = await startProxy({ tls: forLocalhost });
    await expect(ask({ ...proxy, channelBinding: 'require', tls: { mode } })).rejects.toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('channel binding is required'),
    });
  });

  test('disable does not ask for it', async () => {
    const proxy = await startProxy({ tls: forLocalhost });
    expect(await ask({ ...proxy, tls: { mode: 'disable' } })).toBe(database.name);
    expect(proxy.encrypted()).toBe(0);
  });

  test('require encrypts, whoever the server is', async () => {
    const proxy = await startProxy({ tls: forLocalhost });
    expect(await ask({ ...proxy, tls: { mode: 'require' } })).toBe(database.name);
    expect(proxy.encrypted()).toBe(1);
  });

  test('verify-full accepts the certificate it was told to, for its host', async () => {
    const proxy = await startProxy({ tls: forLocalhost });
    const tls = { mode: 'verify-full', certificates: [forLocalhost.certificate] } as const;
    expect(await ask({ ...proxy, host: 'localhost', tls })).toBe(database.name);
    expect(proxy.encrypted()).toBe(1);
  });

  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['localhost', '127.0.0.1', false],
  ])('verify-full: a certificate for %s at %s: %s', async (name, host, accepted) => {
    const identity = createCertificate(name);
    const proxy = await startProxy({ tls: identity });
    const tls = { mode: 'verify-full', certificates: [identity.certificate] } as const;
    const outcome = await ask({ ...proxy, host, tls }).then(
      () => 'accepted',
      (error) => error.message,
    );
    expect(outcome).toMatch(accepted ? /^accepted$/ : /^The certificate of 127\.0\.0\.1/);
  });

  test.each<[string, string, readonly string[] | undefined]>([
    [
      'a certificate that no authority of ours signed',
      'localhost',
      [createCertificate('localhost').certificate],
    ],
    ['a certificate that no public authority signed', 'localhost', undefined],
    ['a certificate for another host', 'db.example', undefined],
  ])('verify-full refuses %s', async (_, name, certificates) => {
    const presented = name === 'localhost' ? forLocalhost : createCertificate(name);
    const trusted = name === 'localhost' ? certificates : [presented.certificate];
    const proxy = await startProxy({ tls: presented });
    const tls = { mode: 'verify-full', ...(trusted && { certificates: trusted }) } as const;
    await expect(ask({ ...proxy, host: 'localhost', tls })).rejects.toMatchObject({
      code: 'connect-certificate',
      message: expect.stringContaining(`The certificate of localhost:${proxy.port} was not accepted: `),
      hint: 'Name its certificate authority with PGSSLROOTCERT, or connect by the host name that the certificate carries. To encrypt and check nothing, set PGSSLMODE=require',
    });
  });
});

describe('what a URL asks for', () => {
  test.each([
    [{}, 'registry-jobs test'],
    [{ applicationName: 'nightly' }, 'nightly'],
  ])('a name in the list of sessions: %j', async (changes, expected) => {
    const sql = `SELECT current_setting('application_name') AS name`;
    const { rows } = await open((connection) => connection.send(sql), changes);
    expect(rows).toEqual([{ name: expected }]);
  });

  test('settings of the session, beside ours and never before them', async () => {
    const options = '-c search_path=app -csynchronous_commit=off -c default_transaction_read_only=off';
    const sql = `SELECT current_setting('search_path') AS path, current_setting('synchronous_commit') AS commit,
      current_setting('default_transaction_read_only') AS "readOnly"`;
    const { rows } = await open((connection) => connection.send(sql), { options });
    expect(rows).toEqual([{ path: 'app', commit: 'off', readOnly: 'on' }]);
  });

  test('a primary is one; a standby is told to be none', async () => {
    expect(await ask({ target: 'primary' })).toBe(database.name);
    await expect(
      ask({ target: 'standby', names: { targetSession: 'target_session_attrs in DATABASE_URL' } }),
    ).rejects.toMatchObject({
      code: 'connect-wrong-server',
      message: expect.stringMatching(
        /^The server at 127\.0\.0\.1:\d+ is a primary, and target_session_attrs in DATABASE_URL asks for a standby\.$/,
      ),
    });
  });
});

describe('a session', () => {
  test('is named after its purpose, knows its backend, and is closed when the work is done', async () => {
    const seen = await open(async (connection) => {
      const { rows } = await connection.send(
        `SELECT pid, application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
      );
      expect(rows).toEqual([{ pid: connection.announcedPid, application_name: 'registry-jobs test' }]);
      return connection.announcedPid;
    });
    await untilEnded(seen);
  });

  test('is closed when the work throws, and the error is the one that was thrown', async () => {
    let pid: number | null = null;
    const thrown = new Error('the work failed');
    const result = open(async (connection) => {
      pid = connection.announcedPid;
      throw thrown;
    });
    await expect(result).rejects.toBe(thrown);
    await untilEnded(pid);
  });

  test('rejects what waits when it is lost, and the process lives on', async () => {
    const answers = await open(async (connection) => {
      const waiting = ['SELECT pg_sleep(30)', 'SELECT 1'].map((sql) => connection.send(sql));
      const settled = Promise.allSettled(waiting);
      await database.query('SELECT pg_terminate_backend($1)', [connection.announcedPid]);
      return settled;
    });
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test.each([
    'CREATE TABLE forbidden ()',
    `INSERT INTO items VALUES (1, 'x')`,
    'TRUNCATE items',
    'DROP TABLE items',
    'BEGIN; TRUNCATE items; COMMIT',
  ])('cannot write outside of BEGIN READ WRITE: %s', async (sql) => {
    await expect(open((connection) => connection.send(sql))).rejects.toMatchObject({ code: '25006' });
  });

  test('writes inside of it, and not behind its end', async () => {
    const results = await open((connection) =>
      Promise.allSettled(
        [
          'BEGIN READ WRITE',
          `INSERT INTO items VALUES (2, 'inside')`,
          'COMMIT',
          `INSERT INTO items VALUES (3, 'behind')`,
        ].map((sql) => connection.send(sql)),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(await database.query('SELECT * FROM items')).toEqual([{ id: 2, name: 'inside' }]);
    await database.query('TRUNCATE items');
  });

  test('a failed statement turns the COMMIT that was sent along into a ROLLBACK', async () => {
    const [, failed, , commit] = await open((connection) =>
      Promise.allSettled(
        ['BEGIN READ WRITE', 'SELECT 1/0', `INSERT INTO items VALUES (4, 'x')`, 'COMMIT'].map((sql) =>
          connection.send(sql),
        ),
      ),
    );
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
    expect(commit).toMatchObject({ status: 'fulfilled', value: { command: 'ROLLBACK' } });
    expect(await database.query('SELECT * FROM items')).toEqual([]);
  });

  test('values are parameters, never SQL', async () => {
    const text = `'; DROP TABLE items; --`;
    const { rows } = await open((connection) =>
      connection.send('SELECT $1 AS text, $2::int + 1 AS sum', { values: [text, 41] }),
    );
    expect(rows).toEqual([{ text, sum: 42 }]);
  });
});

test('notices go to the statement that raised them, also in one flight, with their severity', async () => {
  const notices: string[] = [];
  await open((connection) => {
    const raise = (id: string, body: string) =>
      connection.send(`DO $$ BEGIN ${body} END $$`, {
        onNotice: ({ severity, message }) => notices.push(`${id}: ${severity} ${message}`),
      });
    return Promise.allSettled([
      raise('a', `RAISE NOTICE 'one'; RAISE WARNING 'two';`),
      raise('b', ''),
      connection.send(`DO $$ BEGIN RAISE NOTICE 'nobody listens'; END $$`),
      raise('c', `RAISE NOTICE 'before the error'; RAISE EXCEPTION 'error';`),
      raise('d', `RAISE INFO 'four';`),
    ]);
  });
  expect(notices).toEqual(['a: NOTICE one', 'a: WARNING two', 'c: NOTICE before the error', 'd: INFO four']);
});

test('a server that ends the session in the packet that opened it', async () => {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5, type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const authenticated = message('R', Buffer.alloc(4));
  const ready = message('Z', Buffer.from('I'));
  const goodbye = message(
    'E',
    Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  );
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([authenticated, ready, goodbye])));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const settings = { ...databaseSettings(database.url), host: '127.0.0.1', port };
  try {
    await expect(
      withConnection(settings, quickly('test'), ({ send }) => send('SELECT 1')),
    ).rejects.toMatchObject({
      code: 'connection-lost',
    });
  } finally {
    server.close();
  }
});

describe('COPY', () => {
  const copy = (data: string, sql = 'COPY items FROM STDIN (FORMAT csv)') =>
    open(async (connection) => {
      const sent = [
        connection.send('BEGIN READ WRITE'),
        connection.copyIn(sql, byteChunks(Buffer.from(data))),
        connection.send('SELECT count(*)::int AS rows FROM items'),
        connection.send('ROLLBACK'),
        connection.send('SELECT 42 AS answer'),
      ];
      const [, copied, counted, , next] = await Promise.allSettled(sent);
      // Answers that came for the wrong statement would still be wrong here, one round trip later.
      const later = await connection.send(`SELECT 'later' AS answer`);
      return { copied, counted, next, later: later.rows };
    });
  const inStep = {
    next: { status: 'fulfilled', value: { rows: [{ answer: 42 }] } },
    later: [{ answer: 'later' }],
  };
  const manyRows = Array.from({ length: 30_000 }, (_, id) => `${id},name ${id}`);

  test.each([
    ['two rows', '1,a\n2,b\n', 2],
    ['nothing', '', 0],
    ['many chunks', manyRows.join('\n'), 30_000],
  ])('loads %s in the flight of its neighbours', async (_, data, rows) => {
    expect(await copy(data)).toMatchObject({
      copied: { status: 'fulfilled', value: { command: 'COPY' } },
      counted: { status: 'fulfilled', value: { rows: [{ rows }] } },
      ...inStep,
    });
  });

  test.each([
    ['a table that does not exist', '1,a\n', 'COPY nowhere FROM STDIN', '42P01'],
    ['a table that does not exist, and much data', manyRows.join('\n'), 'COPY nowhere FROM STDIN', '42P01'],
    ['a syntax error', '1,a\n', 'COPY COPY', '42601'],
    ['a wrong row at the end', '1,a\nx,b\n', undefined, '22P02'],
    ['a wrong row before much data', `x,b\n${manyRows.join('\n')}`, undefined, '22P02'],
  ])('a failure leaves the connection in step: %s', async (_, data, sql, code) => {
    expect(await copy(data, sql)).toMatchObject({
      copied: { status: 'rejected', reason: { code } },
      counted: { status: 'rejected', reason: { code: '25P02' } },
      ...inStep,
    });
  });
});

/** Waits until a backend is gone: the server notices a closed connection a moment later. */
async function untilEnded(pid: number | null): Promise<void> {
  await expect
    .poll(() => database.query('SELECT pid FROM pg_stat_activity WHERE pid = $1', [pid]), { timeout: 10_000 })
    .toEqual([]);
}
