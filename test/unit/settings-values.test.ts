import { describe, expect, test } from 'vitest';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { hidePassword, passwordOf } from '../../lib/settings/database-url.ts';
import { fromVariables, readDatabaseUrl } from '../../lib/settings/environment.ts';
import type { RawSettings } from '../../lib/settings/settings.ts';
import { parseDuration } from '../../lib/text/duration.ts';
import { catchError } from '../support/catch-error.ts';

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
    ['postgres:///d?host=/var/run&user=me', { host: '/var/run', database: 'd', user: 'me' }],
    ['POSTGRESQL://h/d', { host: 'h', database: 'd' }],
    ['  postgres://me@h/d\n', { host: 'h', user: 'me', database: 'd' }],
    // What libpq takes as it stands, and what others would take for the end of the password.
    ['postgres://me:p#w?x:y@h/d', { host: 'h', user: 'me', password: 'p#w?x:y', database: 'd' }],
    ['postgres://me:12#3@h/d', { host: 'h', user: 'me', password: '12#3', database: 'd' }],
    ['postgres://h/d?options=-c+a%3Db', { host: 'h', database: 'd', options: '-c+a=b' }],
    [
      'postgres://h/d?application_name=my%20app&options=-c%20search_path%3Dapp&connect_timeout=7&target_session_attrs=read-write',
      {
        host: 'h',
        database: 'd',
        applicationName: 'my app',
        options: '-c search_path=app',
        connectTimeout: '7s',
        targetSession: 'read-write',
      },
    ],
    [
      'postgres://db.example/d?hostaddr=127.0.0.1&port=15432&sslnegotiation=direct&channel_binding=require',
      {
        host: 'db.example',
        database: 'd',
        address: '127.0.0.1',
        port: '15432',
        tlsNegotiation: 'direct',
        channelBinding: 'require',
      },
    ],
    ['postgres://h/d?ssl=true', { host: 'h', database: 'd', tls: 'require' }],
    ['postgres://h/d?keepalives=1&client_encoding=UTF8&gssencmode=disable', { host: 'h', database: 'd' }],
    ['postgres://h/d?dbname=e&user=you', { host: 'h', database: 'e', user: 'you' }],
    [
      String.raw`host=/tmp port = 5433 dbname='my shop' user=me password='it\'s \\ "' sslmode=disable`,
      {
        host: '/tmp',
        port: '5433',
        database: 'my shop',
        user: 'me',
        password: String.raw`it's \ "`,
        tls: 'disable',
      },
    ],
  ])('%s', (url, values) => {
    expect(valuesOf(readDatabaseUrl(url, '--database-url'))).toEqual(values);
  });

  const FORM = 'Write it as postgres://user:password@host:5432/database?sslmode=verify-full';
  const ESCAPED = `${FORM}. In user, password and database write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for %.`;
  const LISTED = 'Correct it there; docs/reference/settings.md lists the parameters that are understood.';
  const NO_URL = 'not a URL such as postgres://user:password@host:5432/database';
  const WHERE = 'its host and port are not such as db.example.org:5432';

  test.each([
    ['shop', NO_URL, FORM],
    ['./data/index.db', NO_URL, 'Of a SQLite file say: sqlite:./data/index.db'],
    ['postgres:/me:hunter2@h/d', NO_URL, FORM],
    ['', NO_URL, FORM],
    ['mysql://me:hunter2@h/d', '"mysql://" is not postgres://', FORM],
    ['https://h/d', '"https://" is not postgres://', FORM],
    [
      'jdbc:postgresql://h/d?password=hunter2',
      'begins with jdbc:, which only Java takes; leave it out',
      ESCAPED,
    ],
    ['postgres://me:hunter2@h:port/d', WHERE, ESCAPED],
    ['postgres://me:hunter2@::1/d', WHERE, ESCAPED],
    ['postgres://me:hunter2@h x/d', WHERE, ESCAPED],
    ['postgres://me:hunter2%@h/d', 'has a % that is not part of an escape', ESCAPED],
    ['postgres://me:hunter2%zz@h/d', 'has a % that is not part of an escape', ESCAPED],
    ['postgres://me:hunter2%00@h/d', 'has %00 in it, which no name has', ESCAPED],
    ['postgres://me:hunter2%ff@h/d', 'has escapes that are not UTF-8', ESCAPED],
    ['postgres://me:hunter2@home@h/d', 'has more than one @', ESCAPED],
    ['postgres://me:hunter2/x@h/d', 'has a / before its @', ESCAPED],
    ['postgres://me:12/hunter2@h/d', 'has a / before its @', ESCAPED],
    ['postgres://me:12?hunter2/x@h/d', 'has a ? before its @', ESCAPED],
    ['postgres://h:12?user=hunter2@x', 'has an @ after a ? and its parameter', ESCAPED],
    ['postgres://h/d?hunter2', 'has a parameter without =', ESCAPED],
    ['postgres://h/d#hunter2', 'has a #', ESCAPED],
    ['postgres://h/d/hunter2', 'has more than one / after its host', ESCAPED],
    [
      'postgres://me:hunter2@h1:5432,h2:5432/d',
      'names several hosts',
      'Name the one that is to be worked with: the primary.',
    ],
    [
      'postgres://me:hunter2@h/d?pool=5',
      '"pool" is not a parameter that we know: leave it out; we know host, hostaddr, port, dbname, user, password, sslmode, sslrootcert, sslnegotiation, channel_binding, application_name, options, target_session_attrs, connect_timeout',
      LISTED,
    ],
    [
      'postgres://me:hunter2@h/d?aplication_name=x',
      '"aplication_name" is not a parameter that we know: did you mean application_name?',
      LISTED,
    ],
    [
      'postgres://h/d?schema=x&password=hunter2',
      '"schema" is not a parameter that we take: write options=-csearch_path%3DNAME',
      LISTED,
    ],
    ['postgres://h/d?hunter2!=x', 'has a parameter that we do not know', LISTED],
    ['postgres://h/d?ssl=false', 'instead of ssl, write sslmode=require or sslmode=disable', LISTED],
    [
      'postgres://h/d?connect_timeout=0',
      '"0" is not a number of seconds from 1, such as connect_timeout=10',
      LISTED,
    ],
    [
      'postgres://h/d?client_encoding=latin1',
      'this value of "client_encoding" is not supported; leave the parameter out',
      LISTED,
    ],
    [
      'host=localhost password=hunter2 and more',
      'is not keyword=value pairs such as host=localhost dbname=shop user=me, with single quotes around a value that has a blank in it',
      ESCAPED,
    ],
  ])('%s is refused without repeating its password', (url, message, hint) => {
    const told = catchError(() => readDatabaseUrl(url, 'DATABASE_URL in .env.test'));
    expect(told).toMatchObject({
      name: 'UsageError',
      code: 'invalid-settings',
      message: `DATABASE_URL in .env.test: ${message}`,
      hint,
    });
    expect(renderError(toErrorReport(told))).not.toContain('hunter2');
  });

  test.each([
    ['postgres://me:hunter2@h/d', 'postgres://me:password@h/d'],
    ['postgres://me@h/d?user=a%40b', 'postgres://me@h/d?user=a%40b'],
    [
      'postgres://me:hunter2@h/d?password=hunter2&port=1',
      'postgres://me:password@h/d?password=password&port=1',
    ],
    ['postgres:///d?pass%77ord=hunter2', 'URL'],
    ["host=h password='hunter 2' user=me", 'host=h password=password user=me'],
    ['host=h PASSWORD = hunter2', 'URL'],
    ['postgres://me:hunter2/x@h/d', 'URL'],
    ['hunter2', 'URL'],
  ])('%s is shown to others as %s', (url, shown) => {
    expect(hidePassword(url)).toBe(shown);
  });

  test.each([
    ['postgres://me:p%40ss@h/d', 'p@ss'],
    ['postgres:///d?password=p%40ss', 'p@ss'],
    ['host=h password=p@ss', 'p@ss'],
    ['postgres://me:p@ss@h/d', undefined],
  ])('the password of %s is %j', (url, password) => {
    expect(passwordOf(url)).toBe(password);
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
      PGHOSTADDR: '127.0.0.1',
      PGAPPNAME: 'x',
      PGOPTIONS: '-c a=b',
      PGTARGETSESSIONATTRS: 'any',
      PGSSLNEGOTIATION: 'direct',
      PGCHANNELBINDING: 'require',
      PGSERVICE: 'of no interest',
      PATH: '/bin',
    };
    expect(fromVariables(variables, ' in .env.test')).toEqual({
      host: { value: 'h', name: 'PGHOST in .env.test' },
      address: { value: '127.0.0.1', name: 'PGHOSTADDR in .env.test' },
      applicationName: { value: 'x', name: 'PGAPPNAME in .env.test' },
      options: { value: '-c a=b', name: 'PGOPTIONS in .env.test' },
      targetSession: { value: 'any', name: 'PGTARGETSESSIONATTRS in .env.test' },
      tlsNegotiation: { value: 'direct', name: 'PGSSLNEGOTIATION in .env.test' },
      channelBinding: { value: 'require', name: 'PGCHANNELBINDING in .env.test' },
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

  test.each([
    [{ PGCONNECT_TIMEOUT: '3' }, '3s'],
    [{ PGCONNECT_TIMEOUT: '3', REGISTRY_JOBS_CONNECT_TIMEOUT: '1min' }, '1min'],
    [{ PGCONNECT_TIMEOUT: 'soon' }, 'soon'],
  ])('the seconds of libpq: %j', (variables, value) => {
    expect(fromVariables(variables).connectTimeout?.value).toBe(value);
  });

  test('an empty variable is as good as none', () => {
    expect(valuesOf(fromVariables({ DATABASE_URL: '', PGHOST: 'h', PGPORT: '' }))).toEqual({ host: 'h' });
  });
});

function valuesOf(raw: RawSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(raw).map(([key, { value }]) => [key, value]));
}
