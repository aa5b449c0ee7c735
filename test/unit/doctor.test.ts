import { describe, expect, test } from 'vitest';
import { nextFor, psqlCommand } from '../../lib/postgres/doctor/commands.ts';
import { checkOfError, type DoctorCheck, judgeChecks, renderDoctorReport } from '../../lib/reports/doctor.ts';
import type {
  ConnectionFacts,
  DefaultFacts,
  SessionFacts,
  TlsFacts,
} from '../../lib/reports/doctor-facts.ts';
import { checkName, checkNetwork, checkTls } from '../../lib/reports/doctor-network.ts';
import { checkRights } from '../../lib/reports/doctor-rights.ts';
import { checkSession } from '../../lib/reports/doctor-session.ts';
import { inOrder } from '../../lib/reports/doctor-steps.ts';
import { readDatabaseUrl } from '../../lib/settings/environment.ts';
import { knownServer, settingOrigins } from '../../lib/settings/origins.ts';
import { parseSettings } from '../../lib/settings/parse.ts';
import { databaseSettings, parseContext, rawSettings } from '../support/settings.ts';

/* What is found is judged by pure functions; that it is found is in test/db/doctor.test.ts. */

const server: NonNullable<SessionFacts['server']> = {
  ...{ version: '16.4', kind: 'plain', role: 'primary', sessionUser: 'me', currentUser: 'me' },
} as const;
const judge = (facts: SessionFacts) => checkSession(facts, (sql) => `psql: ${sql}`);
const one = (facts: SessionFacts, step: string) => judge(facts).find((check) => check.step === step);

describe('the server', () => {
  test.each([
    ['plain', 'Postgres 16.4; it has neither rdsadmin nor aurora_version(), as RDS and Aurora do'],
    ['rds', 'Postgres 16.4; Amazon RDS: it has the role rdsadmin'],
    ['aurora', 'Postgres 16.4; Amazon Aurora: it has aurora_version()'],
  ] as const)('%s', (kind, message) => {
    expect(one({ server: { ...server, kind } }, 'server')).toEqual({ step: 'server', status: 'ok', message });
  });

  test('too old', () => {
    expect(one({ server: { ...server, version: '12.9' } }, 'server')).toMatchObject({
      ...{ status: 'problem', code: 'server-too-old', hint: 'Upgrade the server.' },
      message:
        'Postgres 12.9; it has neither rdsadmin nor aurora_version(), as RDS and Aurora do; we need 13 or newer',
    });
  });

  test('a standby', () => {
    expect(one({ server: { ...server, role: 'standby' } }, 'read-only')).toEqual({
      ...{ step: 'read-only', status: 'problem', code: 'read-only-server' },
      message: 'the server is a standby: nothing can be written there',
      hint: 'Name the host of the primary. Who is one says f here:',
      run: 'psql: SELECT pg_is_in_recovery()',
    });
  });

  test('says only what was looked at', () => {
    expect(one({ server, defaults: [] }, 'read-only')?.message).toBe(
      'the server is a primary; default_transaction_read_only is not on for this role and database; the configuration of the server is not shown to this user',
    );
    expect(judge({})).toEqual([]);
    expect(checkRights({}, String)).toEqual([]);
  });
});

test.each([
  [0, 0.4, 'ok', 'this machine and the server agree to 100 ms'],
  [-450, 0.4, 'ok', 'the server is 450 ms behind this machine, exact to 100 ms'],
  [450, 1_000, 'ok', 'this machine and the server agree to 500 ms'],
  [
    7_200,
    0.4,
    'warning',
    "the server is 7.2 s ahead of this machine, exact to 100 ms: one of them is wrong. Times of ledger and journal are the server's; certificates and tokens of IAM are judged by both",
  ],
])('a clock %i ms ahead, at %f ms', (clockAheadMs, roundTripMs, status, message) => {
  expect(one({ clockAheadMs, roundTripMs }, 'clock')).toMatchObject({ status, message });
});

test.each<[Partial<ConnectionFacts>, string, string]>([
  [{}, 'ok', '87 left beside this one: 10 of 100 in use, 3 reserved'],
  [{ used: 97 }, 'warning', '0 left beside this one: 97 of 100 in use, 3 reserved'],
  [
    { roleLimit: 2, roleUsed: 1 },
    'warning',
    '1 left beside this one: 10 of 100 in use, 3 reserved; this role has 1 of 2',
  ],
  [
    { databaseLimit: 5, databaseUsed: 2 },
    'ok',
    '3 left beside this one: 10 of 100 in use, 3 reserved; this database has 2 of 5',
  ],
])('connections %j', (changes, status, message) => {
  const connections = {
    ...{ max: 100, reserved: 3, used: 10 },
    ...{ roleLimit: -1, roleUsed: 1, databaseLimit: -1, databaseUsed: 1, ...changes },
  };
  expect(one({ connections }, 'connections')).toMatchObject({ status, message });
});

test.each<[string, Partial<DefaultFacts>, string, string]>([
  [
    'that does not count',
    {},
    'ok',
    'none would cut a long migration, since our sessions set their own: statement_timeout 30s of role me (0 in a session of ours)',
  ],
  [
    'that counts',
    { inOurSession: '30s' },
    'warning',
    'a long migration would be cut: statement_timeout 30s of role me (30s in a session of ours)',
  ],
  ['of nothing', { value: '0' }, 'ok', 'no timeout of role or database would cut a long migration'],
])('a timeout %s', (_, changes, status, message) => {
  const found = { setting: 'statement_timeout', value: '30s', of: 'role me', inOurSession: '0', ...changes };
  expect(one({ defaults: [found] }, 'timeouts')).toMatchObject({ status, message });
});

test('a timeout that counts is undone where it was set', () => {
  const found = { setting: 'statement_timeout', value: '30s', of: 'role me', inOurSession: '30s' };
  expect(one({ defaults: [{ ...found, by: 'ROLE me IN DATABASE shop' }] }, 'timeouts')).toMatchObject({
    hint: 'Have it taken away while you migrate:',
    run: 'ALTER ROLE me IN DATABASE shop RESET statement_timeout;',
  });
});

describe('the way there', () => {
  test.each([
    ['db.example', undefined, ['10.0.0.5', 'fd00::5'], 'db.example is 10.0.0.5 and fd00::5'],
    ['10.0.0.5', undefined, ['10.0.0.5'], '10.0.0.5 is an address'],
    [
      'db.example',
      '127.0.0.1',
      ['127.0.0.1'],
      'db.example was not looked up: the settings name the address 127.0.0.1',
    ],
    ['/run/pg', undefined, [], '/run/pg is the folder of a socket: there is no name to look up'],
  ])('the name %s', (host, address, addresses, message) => {
    expect(checkName(host, address, { addresses })).toEqual({ step: 'name', status: 'ok', message });
  });

  const reached = { address: 'fd00::5', connectMs: 1.2 };
  const refused = [{ address: '10.0.0.5', reason: 'ECONNREFUSED' }];
  test.each([
    [false, 'warning'],
    [true, 'ok'],
  ])('one of two addresses, near: %s', (near, status) => {
    expect(checkNetwork(5432, near, { reached, refused })).toEqual({
      ...{ step: 'network', status },
      message: '[fd00::5]:5432 accepts connections, in 1.2 ms; 10.0.0.5:5432 does not (ECONNREFUSED)',
    });
  });

  const certificate = { names: ['db.example'], issuer: 'Some CA', validTo: '2030-01-31T00:00:00.000Z' };
  const tls: TlsFacts = {
    ...{ mode: 'verify-full', version: 'TLSv1.3', cipher: 'C', certificate },
    ...{ verifiedName: 'db.example', authorityVerified: true },
  };
  const seen = 'TLSv1.3, C; certificate for db.example, signed by Some CA, until 2030-01-31';
  const plain = { mode: 'disable', authorityVerified: false };
  test.each<[string, TlsFacts, string, string]>([
    [
      'verify-full',
      tls,
      'ok',
      `${seen}; it was verified against db.example (verify-full, sslmode in --database-url)`,
    ],
    [
      'verify-ca',
      { mode: 'verify-ca', version: 'TLSv1.3', cipher: 'C', certificate, authorityVerified: true },
      'ok',
      `${seen}; its authority was verified, its name was not (verify-ca, sslmode in --database-url)`,
    ],
    [
      'require',
      { mode: 'require', version: 'TLSv1.3', cipher: 'C', certificate, authorityVerified: false },
      'warning',
      `${seen}; it was not verified, since the settings ask for require (sslmode in --database-url)`,
    ],
    [
      'disable',
      plain,
      'warning',
      'not encrypted: the settings ask for none (disable, sslmode in --database-url)',
    ],
    [
      'prefer',
      { ...plain, mode: 'prefer' },
      'warning',
      'not encrypted: the server was reached without it (prefer, sslmode in --database-url)',
    ],
  ])('TLS far away: %s', (_, facts, status, message) => {
    const now = Date.parse('2029-01-01T00:00:00Z');
    expect(checkTls(facts, false, 'sslmode in --database-url', now)).toMatchObject({ status, message });
  });

  test('a certificate that ends soon', () => {
    expect(checkTls(tls, false, 'default', Date.parse('2030-01-20T00:00:00Z'))).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/; it ends soon$/),
    });
  });
});

describe('settings, and where each came from', () => {
  const context = { ...parseContext, environment: 'test' };

  test('no secret is among them', () => {
    const url =
      'postgres://me:hunter2@db.example:6543/shop?options=-c%20app.token%3Dhunter2%20-csearch_path%3Da';
    const raw = readDatabaseUrl(url, '--database-url');
    const origins = settingOrigins(raw, parseSettings(raw, context));
    expect(JSON.stringify(origins)).not.toContain('hunter2');
    expect(origins).toEqual([
      { setting: 'host', value: 'db.example', from: '--database-url' },
      { setting: 'port', value: '6543', from: '--database-url' },
      { setting: 'database', value: 'shop', from: '--database-url' },
      { setting: 'user', value: 'me', from: '--database-url' },
      { setting: 'password set', value: 'yes', from: '--database-url' },
      { setting: 'TLS', value: 'verify-full', from: 'default' },
      { setting: 'ledger', value: 'public.schema_migrations', from: 'default' },
      { setting: 'options', value: 'sets app.token, search_path', from: 'options in --database-url' },
    ]);
  });

  test('with a fault: what may hold a URL is not repeated, and what is known is used', () => {
    const raw = rawSettings({ host: 'postgres://me:hunter2@db/shop', port: '5432' });
    expect(settingOrigins(raw).slice(0, 2)).toEqual([
      { setting: 'host', value: 'not shown', from: 'test host' },
      { setting: 'port', value: '5432', from: 'test port' },
    ]);
    expect(knownServer(raw)).toBeUndefined();
    expect(knownServer(rawSettings({ host: 'db', port: 'x' }))).toBeUndefined();
    expect(knownServer(rawSettings({ host: 'db', address: '127.0.0.1', port: '15432' }))).toEqual({
      ...{ host: 'db', port: 15432, address: '127.0.0.1', connectTimeoutMs: 10_000 },
    });
    expect(knownServer({})).toBeUndefined();
  });

  test('what is set nowhere: a default, or nothing that could be told', () => {
    const raw = rawSettings({ host: 'db', database: 'shop', user: 'me' });
    const found = (setting: string, of = settingOrigins(raw, parseSettings(raw, context))) =>
      of.find((origin) => origin.setting === setting);
    expect(found('password set')).toMatchObject({ value: 'no (or in a password file)', from: '' });
    expect(found('port')).toMatchObject({ value: '5432', from: 'default' });
    expect(found('port', settingOrigins({}))).toMatchObject({ value: 'not set', from: '' });
    const iam = { ...raw, ...rawSettings({ auth: 'iam' }) };
    expect(found('password set', settingOrigins(iam, parseSettings(iam, context)))).toBeUndefined();
    expect(found('auth', settingOrigins(iam, parseSettings(iam, context)))?.value).toBe('iam');
  });

  test('a source that does not fit beside its value has a line of its own', () => {
    const settings = [
      { setting: 'host', value: `shop.${'x'.repeat(40)}.example`, from: '/shop/production/migrate/db/host' },
      { setting: 'port', value: '5432', from: 'default' },
    ];
    const checks = [{ step: 'settings', status: 'ok', message: 'here:' } as const];
    const text = renderDoctorReport({ command: 'doctor', status: 'ok', settings, checks });
    expect(text.split('\n').slice(0, 4)).toEqual([
      'ok       settings: here:',
      `         host  shop.${'x'.repeat(40)}.example`,
      '               (/shop/production/migrate/db/host)',
      `         port  5432${' '.repeat(26)}default`,
    ]);
  });
});

describe('what can be pasted', () => {
  const odd = databaseSettings("postgres://it's%20me:hunter2@db.example/a%20b", { address: '127.0.0.1' });

  test('is quoted for a shell, goes the same way, and has no password', () => {
    expect(psqlCommand(odd, "SELECT 'x'")).toBe(
      `PGHOSTADDR=127.0.0.1 psql --host db.example --port 5432 --username 'it'\\''s me' --dbname 'a b' --command 'SELECT '\\''x'\\'''`,
    );
    expect(nextFor('connect-refused', odd)?.run).toBe(
      'PGHOSTADDR=127.0.0.1 pg_isready --host db.example --port 5432',
    );
  });

  test('a command at the end of a hint gets a line of its own, whatever its width', () => {
    const run = `createdb --host ${'x'.repeat(90)} shop`;
    const error = {
      code: 'connect-no-database',
      message: 'It is not there.',
      hint: `Create it: ${run}`,
    } as const;
    const checks = [checkOfError('login', error)];
    const next = { words: 'Or name it', run: 'registry-jobs doctor' };
    const code = 'invalid-settings';
    expect(
      checkOfError('settings', { code, message: 'm', hint: 'Write it as postgres://h/d' }, next).hint,
    ).toBe('Write it as postgres://h/d. Or name it:');
    expect(checkOfError('settings', { code, message: 'm', hint: 'Write it.' }, next).hint).toBe(
      'Write it. Or name it:',
    );
    expect(checks[0]).toMatchObject({ hint: 'Create it:', run });
    const text = renderDoctorReport({ command: 'doctor', status: 'problems', settings: [], checks });
    expect(text.split('\n').slice(0, 3)).toEqual([
      'problem  login: It is not there. [connect-no-database]',
      '         What to do: Create it:',
      `           ${run}`,
    ]);
  });
});

test('each step has its place; why one was not looked at is the first problem before it', () => {
  const found: DoctorCheck[] = [
    { step: 'files', status: 'problem', message: 'none' },
    { step: 'network', status: 'problem', message: 'closed' },
    { step: 'settings', status: 'ok', message: 'here' },
    { step: 'name', status: 'warning', message: 'odd' },
  ];
  const checks = inOrder(found, []);
  expect(checks.map(({ step }) => step).slice(0, 5)).toEqual(['settings', 'name', 'network', 'tls', 'login']);
  expect(checks.filter(({ status }) => status === 'unknown').map(({ message }) => message)).toEqual(
    Array.from({ length: 13 }, () => 'not looked at, because of network'),
  );
  expect(checks.at(-1)).toEqual({ step: 'files', status: 'problem', message: 'none' });
  expect([judgeChecks(checks), judgeChecks(found.slice(2)), judgeChecks(found.slice(2, 3))]).toEqual([
    'problems',
    'warnings',
    'ok',
  ]);
});

test('what a server says cannot pass for a line of ours', () => {
  const message = 'refused\nok       login: all is well\u001b[2K';
  const checks = [
    { step: 'login', status: 'problem', message, detail: 'DETAIL: x\nok       tls: fine' } as const,
  ];
  const text = renderDoctorReport({ command: 'doctor', status: 'problems', settings: [], checks });
  expect(text.split('\n').filter((line) => line.startsWith('ok'))).toEqual([]);
  expect(text).not.toContain('\u001b');
});

test('a problem that has a place says it', () => {
  const location = { file: '.env.test', line: 2, column: 14 };
  const check = checkOfError('settings', { code: 'invalid-settings', message: 'It is wrong.', location });
  expect(check.message).toBe('.env.test:2:14: It is wrong.');
});
