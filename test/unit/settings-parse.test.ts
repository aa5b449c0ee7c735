import { describe, expect, test } from 'vitest';
import { renderError, toErrorReport, type UsageError } from '../../lib/errors/error.ts';
import { isOnThisMachine } from '../../lib/settings/near.ts';
import { parseSettings } from '../../lib/settings/parse.ts';
import { type RawSettings, type SettingKey, tlsModes } from '../../lib/settings/settings.ts';
import { catchError } from '../support/catch-error.ts';
import { parseContext, rawSettings } from '../support/settings.ts';

const required = rawSettings({ host: 'localhost', database: 'shop', user: 'me' });

/** The faults of these settings, one per line. */
function faultsOf(raw: RawSettings, context = parseContext): string[] {
  try {
    parseSettings(raw, context);
  } catch (error) {
    return (error as UsageError).detail?.split('\n') ?? [];
  }
  return [];
}

test('what is not set has a default', () => {
  expect(parseSettings(required, parseContext)).toEqual({
    environment: 'test',
    database: {
      host: 'localhost',
      port: 5432,
      database: 'shop',
      user: 'me',
      tls: { mode: 'disable' },
      connectTimeoutMs: 10_000,
      names: expect.objectContaining({ user: 'test user', tls: 'the name of tls' }),
    },
    ledger: { schema: 'public', table: 'schema_migrations' },
    migrations: { lockTimeoutMs: 2_000 },
    statistics: {
      functions: ['update_counts', 'update_current_deposit_stats', 'populate_all_historical_deposit_stats'],
      timeoutMs: 600_000,
    },
    maintenance: false,
  });
});

test('everything can be set', () => {
  const raw = rawSettings({
    host: 'db.example',
    port: '6543',
    database: 'shop',
    user: 'me',
    password: '0123',
    tls: 'require',
    tlsNegotiation: 'direct',
    channelBinding: 'require',
    applicationName: 'nightly',
    options: '-c search_path=app',
    targetSession: 'read-write',
    connectTimeout: '1s',
    ledger: 'app.applied',
    lockTimeout: '250ms',
    maintenance: 'on',
    statisticsFunctions: 'one, stats.two',
    statisticsTimeout: '2min',
  });
  expect(parseSettings(raw, { ...parseContext, environment: 'staging' })).toEqual({
    environment: 'staging',
    database: {
      host: 'db.example',
      port: 6543,
      database: 'shop',
      user: 'me',
      password: '0123',
      tls: { mode: 'require' },
      directTls: true,
      channelBinding: 'require',
      applicationName: 'nightly',
      options: '-c search_path=app',
      target: 'primary',
      connectTimeoutMs: 1_000,
      names: expect.objectContaining({ tls: 'test tls' }),
    },
    ledger: { schema: 'app', table: 'applied' },
    migrations: { lockTimeoutMs: 250 },
    statistics: { functions: ['one', 'stats.two'], timeoutMs: 120_000 },
    maintenance: true,
  });
});

describe('faults', () => {
  test('all are told at once, each with its name, and the password never', () => {
    const raw = rawSettings({
      host: '',
      port: 'abc',
      user: 'me',
      password: 'hunter2-secret',
      tls: 'no-verify',
      lockTimeout: '30',
      maintenance: 'perhaps',
      statisticsFunctions: 'ok, drop table x',
      statisticsTimeout: '-1s',
    });
    const error = catchError(() => parseSettings(raw, parseContext));
    expect(renderError(toErrorReport(error))).toBe(
      [
        'The settings of test have 8 faults: [invalid-settings]',
        '- test host is empty',
        '- test tls: "no-verify" is not one of disable, allow, prefer, require, verify-ca, verify-full; what encrypts and checks nothing is require',
        '- test port: "abc" is not a port from 1 to 65535',
        '- the name of database is not set',
        '- test lockTimeout: "30" is not a duration such as 500ms, 2s, 10min or 1h',
        '- test statisticsFunctions: "drop table x" is not the name of a function (name or schema.name, separated by commas)',
        '- test statisticsTimeout: "-1s" is not a duration such as 500ms, 2s, 10min or 1h',
        '- test maintenance: "perhaps" is neither on nor off',
        'What to do: Correct them where they are set. docs/reference/settings.md lists every setting.',
      ].join('\n'),
    );
  });

  test('one is told as one', () => {
    const error = catchError(() =>
      parseSettings(rawSettings({ host: 'h', database: 'd' }), {
        ...parseContext,
        nameOf: (key) => `/registry/staging/migrate/db/${key}`,
      }),
    );
    expect(error).toMatchObject({
      name: 'UsageError',
      code: 'invalid-settings',
      message: 'The settings of test have a fault:',
      detail: '- /registry/staging/migrate/db/user is not set',
    });
  });

  test.each<[SettingKey, string, string]>([
    ['port', '0', '"0" is not a port from 1 to 65535'],
    ['port', '65536', '"65536" is not a port from 1 to 65535'],
    ['port', '5e3', '"5e3" is not a port from 1 to 65535'],
    ['port', '', '"" is not a port from 1 to 65535'],
    [
      'tls',
      'VERIFY-FULL',
      '"VERIFY-FULL" is not one of disable, allow, prefer, require, verify-ca, verify-full',
    ],
    ['host', 'a.example,b.example', 'names several hosts; name the one that is to be worked with'],
    ['host', 'postgres://me:hunter2@h/d', 'is not the name of a host; a URL is for DATABASE_URL'],
    ['host', 'db.example ', 'is not the name of a host; a URL is for DATABASE_URL'],
    ['address', 'db.example', '"db.example" is not an IP address such as 127.0.0.1; a name is for PGHOST'],
    ['tlsNegotiation', 'tls', '"tls" is neither postgres nor direct'],
    [
      'tlsNegotiation',
      'direct',
      '"direct" goes with TLS require, verify-ca and verify-full only, and it is disable',
    ],
    ['channelBinding', 'on', '"on" is not one of disable, prefer, require'],
    [
      'targetSession',
      'master',
      '"master" is not one of any, read-write, read-only, primary, standby, prefer-standby',
    ],
    ['connectTimeout', 'soon', '"soon" is not a duration such as 500ms, 2s, 10min or 1h'],
  ])('%s %j', (key, value, message) => {
    expect(faultsOf({ ...required, ...rawSettings({ [key]: value }) })).toEqual([
      `- test ${key}: ${message}`,
    ]);
  });

  test('a certificate file that cannot be read is a fault among the others', () => {
    const context = {
      ...parseContext,
      readFile: () => {
        throw new Error("ENOENT: no such file or directory, open 'ca.pem'");
      },
    };
    const raw = { ...required, ...rawSettings({ tls: 'verify-full', certificateFile: 'ca.pem', port: 'x' }) };
    expect(faultsOf(raw, context)).toEqual([
      '- test port: "x" is not a port from 1 to 65535',
      "- test certificateFile: ENOENT: no such file or directory, open 'ca.pem'",
    ]);
  });
});

describe('TLS', () => {
  test.each([
    ['localhost', 'disable'],
    ['127.0.0.1', 'disable'],
    ['127.8.9.10', 'disable'],
    ['::1', 'disable'],
    ['/var/run/postgresql', 'disable'],
    ['db.example', 'verify-full'],
    ['localhost.example', 'verify-full'],
    ['10.0.0.1', 'verify-full'],
    ['128.0.0.1', 'verify-full'],
  ])('%s: %s unless it is set', (host, mode) => {
    const { tls } = parseSettings({ ...required, ...rawSettings({ host }) }, parseContext).database;
    expect(tls.mode).toBe(mode);
  });

  test.each([
    ['verify-full trusts RDS', { tls: 'verify-full' }, ['the certificates of RDS']],
    [
      'a file of its own replaces that',
      { tls: 'verify-full', certificateFile: 'ca.pem' },
      ['the content of ca.pem'],
    ],
    ['verify-ca trusts the same', { tls: 'verify-ca' }, ['the certificates of RDS']],
    ['system means those that Node trusts', { tls: 'verify-full', certificateFile: 'system' }, undefined],
    ['disable looks at no certificate', { tls: 'disable', certificateFile: 'ca.pem' }, undefined],
  ])('%s', (_, values, certificates) => {
    const { tls } = parseSettings({ ...required, ...rawSettings(values) }, parseContext).database;
    expect(tls).toEqual({ mode: values.tls, ...(certificates && { certificates }) });
  });
});

describe('TLS as libpq means it', () => {
  const tlsOf = (values: Partial<Record<SettingKey, string>>) =>
    parseSettings({ ...required, ...rawSettings(values) }, parseContext).database.tls;

  test.each(tlsModes)('%s is kept', (mode) => {
    expect(tlsOf({ host: 'db.example', tls: mode }).mode).toBe(mode);
  });

  test('who names an authority with require wants it to be looked at', () => {
    expect(tlsOf({ host: 'db.example', tls: 'require', certificateFile: 'ca.pem' })).toEqual({
      mode: 'verify-ca',
      certificates: ['the content of ca.pem'],
    });
  });

  test.each(tlsModes)('a socket has none, whatever is asked for: %s', (tls) => {
    expect(tlsOf({ host: '/var/run/postgresql', tls })).toEqual({ mode: 'disable' });
  });

  test('system without verify-full is refused', () => {
    expect(
      faultsOf({ ...required, ...rawSettings({ tls: 'verify-ca', certificateFile: 'system' }) }),
    ).toEqual(['- test certificateFile: "system" goes with verify-full only']);
  });
});

describe('an address beside the host', () => {
  const databaseOf = (values: Partial<Record<SettingKey, string>>) =>
    parseSettings({ ...required, ...rawSettings(values) }, parseContext).database;

  test.each([
    ['db.example', '127.0.0.1', 'verify-full'],
    ['localhost', '10.0.0.1', 'verify-full'],
    ['localhost', '127.0.0.1', 'disable'],
    ['localhost', '::1', 'disable'],
  ])('%s at %s: %s unless it is set', (host, address, mode) => {
    expect(databaseOf({ host, address })).toMatchObject({ host, address, tls: { mode } });
  });

  test('without a host it is the host', () => {
    const { host: _, ...rest } = required;
    const { database } = parseSettings({ ...rest, ...rawSettings({ address: '10.0.0.1' }) }, parseContext);
    expect(database).toMatchObject({ host: '10.0.0.1', tls: { mode: 'verify-full' } });
    expect(database).not.toHaveProperty('address');
  });

  test('a token is for the port of the server, not of the tunnel', async () => {
    const { port, createToken } = databaseOf({
      ...{ host: 'db.example', address: '127.0.0.1', auth: 'iam' },
      ...{ port: '15432', tokenPort: '5432' },
    });
    expect([port, await createToken?.()]).toEqual([15_432, 'a token for me at db.example:5432']);
  });

  test.each([
    [{ host: 'localhost' }, true],
    [{ host: 'localhost', address: '10.0.0.1' }, false],
    [{ host: 'db.example', address: '127.0.0.1' }, false],
  ])('%j is on this machine: %s', (database, expected) => {
    expect(isOnThisMachine(database)).toBe(expected);
  });
});

describe('IAM authentication', () => {
  const iam = { ...required, ...rawSettings({ auth: 'iam', password: 'of old', port: '6543' }) };

  test('a token for this user, host and port takes the place of the password', async () => {
    const { database } = parseSettings(iam, parseContext);
    expect(database.password).toBeUndefined();
    expect(await database.createToken?.()).toBe('a token for me at localhost:6543');
  });

  test('the server is checked wherever it is', () => {
    const { tls } = parseSettings(iam, parseContext).database;
    expect(tls).toEqual({ mode: 'verify-full', certificates: ['the certificates of RDS'] });
  });

  test.each(['require', 'disable'])('does not go with TLS %s', (tls) => {
    expect(faultsOf({ ...iam, ...rawSettings({ tls }) })).toEqual([
      `- test tls: "${tls}" does not go with IAM authentication, which needs verify-full`,
    ]);
  });

  test('a password is what there is without it, and what can be asked for', () => {
    for (const auth of [{}, rawSettings({ auth: 'password' })]) {
      const raw = { ...required, ...rawSettings({ password: 'secret' }), ...auth };
      const { password, createToken } = parseSettings(raw, parseContext).database;
      expect([password, createToken]).toEqual(['secret', undefined]);
    }
  });

  test.each(['IAM', 'rds', ''])('%j is nothing of either', (auth) => {
    expect(faultsOf({ ...required, ...rawSettings({ auth }) })).toEqual([
      `- test auth: "${auth}" is neither password nor iam`,
    ]);
  });
});

describe('a switch', () => {
  test.each([
    ...['true', 'on', 'yes', '1', 'TRUE', 'On'].map((value) => [value, true] as const),
    ...['false', 'off', 'no', '0', '', 'False'].map((value) => [value, false] as const),
  ])('%j is %s', (value, expected) => {
    const raw = { ...required, ...rawSettings({ maintenance: value }) };
    expect(parseSettings(raw, parseContext).maintenance).toBe(expected);
  });

  test.each(['enabled', 'tru', ' on', '2'])('%j is neither', (value) => {
    const raw = { ...required, ...rawSettings({ maintenance: value }) };
    expect(faultsOf(raw)).toEqual([`- test maintenance: "${value}" is neither on nor off`]);
  });
});

describe('function names', () => {
  test.each([
    ['one', ['one']],
    ['one,two', ['one', 'two']],
    [' one , stats.two ', ['one', 'stats.two']],
    ['_x1$', ['_x1$']],
    ['MixedCase', ['MixedCase']],
  ])('%j', (value, functions) => {
    const raw = { ...required, ...rawSettings({ statisticsFunctions: value }) };
    expect(parseSettings(raw, parseContext).statistics.functions).toEqual(functions);
  });

  test.each(['', 'one,', 'one;two', 'a.b.c', '1st', 'f()', '"f"', 'a b', "f';--", '.f', 'f.'])(
    '%j is refused',
    (value) => {
      const bad = value.split(',').at(-1);
      const raw = { ...required, ...rawSettings({ statisticsFunctions: value }) };
      expect(faultsOf(raw)).toEqual([
        `- test statisticsFunctions: "${bad}" is not the name of a function (name or schema.name, separated by commas)`,
      ]);
    },
  );
});
