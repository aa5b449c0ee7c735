import { describe, expect, test } from 'vitest';
import { fromVariables, readDatabaseUrl } from '../../lib/settings/environment.ts';
import type { RawSettings } from '../../lib/settings/settings.ts';
import { parseDuration } from '../../lib/text/duration.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['1.5s', 1_500],
    ['10min', 600_000],
    ['1h', 3_600_000],
    [' 3 s ', 3_000],
    ['0s', 0],
    ['0.4ms', 0],
  ])('%j is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', '30', 'ms', '-1s', '1 day', '1m', '1s 500ms', '.5s', '1e3ms', 'constructor'])(
    '%j is none',
    (text) => {
      expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration such as 500ms, 2s, 10min or 1h`);
    },
  );
});

describe('connection URLs', () => {
  test.each<[string, Record<string, string>]>([
    [
      'postgres://me:secret@db.example:6543/shop?sslmode=require&sslrootcert=ca.pem',
      {
        host: 'db.example',
        port: '6543',
        database: 'shop',
        user: 'me',
        password: 'secret',
        tls: 'require',
        certificateFile: 'ca.pem',
      },
    ],
    ['postgresql://db.example', { host: 'db.example' }],
    ['postgres://me@localhost/shop', { host: 'localhost', user: 'me', database: 'shop' }],
    ['postgres://me@[::1]:5433/shop', { host: '::1', port: '5433', user: 'me', database: 'shop' }],
    ['postgres:///shop', { database: 'shop' }],
    [
      'postgres://a%40b:p%40ss%2Fw%3Ard%25@h/my%20shop',
      { host: 'h', user: 'a@b', password: 'p@ss/w:rd%', database: 'my shop' },
    ],
    ['postgres://me:@h/d', { host: 'h', user: 'me', database: 'd' }],
    ['postgres://%2Fvar%2Frun/d', { host: '/var/run', database: 'd' }],
  ])('%s', (url, values) => {
    expect(valuesOf(readDatabaseUrl(url, '--database-url'))).toEqual(values);
  });

  test.each([
    ['shop', 'not a URL such as postgres://user:password@host:5432/database'],
    ['postgres:/me:hunter2@h/d', 'not a URL such as postgres://user:password@host:5432/database'],
    ['', 'not a URL such as postgres://user:password@host:5432/database'],
    ['host=localhost password=hunter2', 'not a URL such as postgres://user:password@host:5432/database'],
    ['postgres://me:hunter2@h:port/d', 'not a URL such as postgres://user:password@host:5432/database'],
    ['mysql://me:hunter2@h/d', '"mysql://" is not postgres://'],
    ['https://h/d', '"https://" is not postgres://'],
    ['postgres://me:hunter2@h/d?pool=5', '"pool" is not a parameter we know (sslmode, sslrootcert)'],
    [
      'postgres://me:hunter2%@h/d',
      'holds a % that is not part of an escape; write %25 for the character itself',
    ],
  ])('%s is refused without repeating its password', (url, message) => {
    const read = () => readDatabaseUrl(url, 'DATABASE_URL in .env.test');
    expect(read).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        code: 'invalid-settings',
        message: `DATABASE_URL in .env.test: ${message}`,
        hint: 'Write it as postgres://user:password@host:5432/database?sslmode=verify-full',
      }),
    );
  });
});

describe('variables', () => {
  test('each setting has one, and other variables are ignored', () => {
    const variables = {
      PGHOST: 'h',
      PGPORT: '1',
      PGDATABASE: 'd',
      PGUSER: 'u',
      REGISTRY_JOBS_AUTH: 'iam',
      PGPASSWORD: 'p',
      PGSSLMODE: 'require',
      PGSSLROOTCERT: 'c',
      REGISTRY_JOBS_CONNECT_TIMEOUT: '1s',
      REGISTRY_JOBS_LOCK_TIMEOUT: '2s',
      REGISTRY_JOBS_MAINTENANCE: 'on',
      REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'f',
      REGISTRY_JOBS_STATISTICS_TIMEOUT: '3s',
      PGAPPNAME: 'x',
      PATH: '/bin',
    };
    expect(fromVariables(variables, ' in .env.test')).toEqual({
      host: { value: 'h', name: 'PGHOST in .env.test' },
      port: { value: '1', name: 'PGPORT in .env.test' },
      database: { value: 'd', name: 'PGDATABASE in .env.test' },
      user: { value: 'u', name: 'PGUSER in .env.test' },
      auth: { value: 'iam', name: 'REGISTRY_JOBS_AUTH in .env.test' },
      password: { value: 'p', name: 'PGPASSWORD in .env.test' },
      tls: { value: 'require', name: 'PGSSLMODE in .env.test' },
      certificateFile: { value: 'c', name: 'PGSSLROOTCERT in .env.test' },
      connectTimeout: { value: '1s', name: 'REGISTRY_JOBS_CONNECT_TIMEOUT in .env.test' },
      lockTimeout: { value: '2s', name: 'REGISTRY_JOBS_LOCK_TIMEOUT in .env.test' },
      maintenance: { value: 'on', name: 'REGISTRY_JOBS_MAINTENANCE in .env.test' },
      statisticsFunctions: { value: 'f', name: 'REGISTRY_JOBS_STATISTICS_FUNCTIONS in .env.test' },
      statisticsTimeout: { value: '3s', name: 'REGISTRY_JOBS_STATISTICS_TIMEOUT in .env.test' },
    });
  });

  test('DATABASE_URL wins over PG variables of the same source, which fill in what it leaves out', () => {
    const variables = { DATABASE_URL: 'postgres://url@h1/d1', PGHOST: 'h2', PGUSER: 'pg', PGPASSWORD: 'p' };
    expect(fromVariables(variables)).toEqual({
      host: { value: 'h1', name: 'DATABASE_URL' },
      database: { value: 'd1', name: 'DATABASE_URL' },
      user: { value: 'url', name: 'DATABASE_URL' },
      password: { value: 'p', name: 'PGPASSWORD' },
    });
  });

  test('an empty variable is as good as none', () => {
    expect(valuesOf(fromVariables({ DATABASE_URL: '', PGHOST: 'h', PGPORT: '' }))).toEqual({ host: 'h' });
  });
});

function valuesOf(raw: RawSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(raw).map(([key, { value }]) => [key, value]));
}
