import { expect, test } from 'vitest';
import { explainConnectError } from '../../lib/postgres/explain/connect.ts';
import { readDatabaseUrl } from '../../lib/settings/environment.ts';
import { parseSettings } from '../../lib/settings/parse.ts';
import type { RawSettings } from '../../lib/settings/settings.ts';
import { placeOf, reachedAt } from '../../lib/text/place.ts';
import { parseContext, rawSettings } from '../support/settings.ts';

/* What to do is a command with what was given, and names what decided. */

const variables = rawSettings({ host: 'db.example', database: 'shop', user: 'me' });
const url = (text: string, name = '--database-url') => readDatabaseUrl(text, name);

function explain(raw: RawSettings, message: string, code?: string) {
  const context = {
    ...parseContext,
    nameOf: (key: string) => ({ tls: 'PGSSLMODE', certificateFile: 'PGSSLROOTCERT' })[key] ?? key,
  };
  const error = Object.assign(new Error(message), code && { code });
  return explainConnectError(error, parseSettings(raw, context).database);
}

const NO_TLS = 'The server does not support SSL connections';

test.each<[string, RawSettings, string]>([
  ['a variable', variables, 'set PGSSLMODE=disable'],
  [
    'a parameter',
    { ...variables, tls: { value: 'require', name: '/shop/db/tls' } },
    'set /shop/db/tls to disable',
  ],
  [
    'a variable of a file',
    { ...variables, tls: { value: 'require', name: 'PGSSLMODE in .env.test' } },
    'set PGSSLMODE in .env.test to disable',
  ],
  [
    'a URL that says so',
    url('postgres://me:hunter2@db.example:6543/shop?sslmode=require'),
    "write sslmode=disable into --database-url: registry-jobs status --database-url 'postgres://me@db.example:6543/shop?sslmode=disable'",
  ],
  [
    'a URL that says nothing of it',
    url("postgres://m%C3%A9:hunter2@[fe80::1]/my%20'shop", 'DATABASE_URL in .env.test'),
    `write sslmode=disable into DATABASE_URL in .env.test: registry-jobs status --database-url 'postgres://m%C3%A9@[fe80::1]:5432/my%20'\\''shop?sslmode=disable'`,
  ],
])('how to do without TLS, where it is decided by %s', (_, raw, expected) => {
  const error = explain(raw, NO_TLS);
  expect(error.hint).toBe(`Turn TLS on in the server; or, if the network is trusted, ${expected}`);
  expect(`${error.message}${error.hint}`).not.toContain('hunter2');
});

test('a certificate that is not accepted', () => {
  const error = explain(url('postgres://me@db.example/shop'), 'self-signed certificate');
  expect(error.hint).toBe(
    "Name its certificate authority with PGSSLROOTCERT, or connect by the host name that the certificate carries. To encrypt and check nothing, write sslmode=require into --database-url: registry-jobs status --database-url 'postgres://me@db.example:5432/shop?sslmode=require'",
  );
});

test.each<[RawSettings, string]>([
  [variables, 'createdb --host db.example --port 5432 --username me shop'],
  [
    rawSettings({ host: '/tmp/my sockets', port: '6543', database: "it's", user: 'me' }),
    `createdb --host '/tmp/my sockets' --port 6543 --username me 'it'\\''s'`,
  ],
  [
    { ...variables, ...rawSettings({ address: '127.0.0.1', port: '15432' }) },
    'PGHOSTADDR=127.0.0.1 createdb --host db.example --port 15432 --username me shop',
  ],
])('a database that is not there: %#', (raw, command) => {
  expect(explain(raw, 'no', '3D000').hint).toBe(`Create it: ${command}`);
});

test('nothing at the near end of a tunnel', () => {
  const raw = { ...variables, ...rawSettings({ address: '127.0.0.1', port: '15432' }) };
  const { message, hint } = explain(raw, 'no', 'ECONNREFUSED');
  expect([message, hint]).toEqual([
    'Nothing accepts connections at db.example through 127.0.0.1:15432.',
    'Open the tunnel to db.example, or correct PGHOSTADDR and PGPORT.',
  ]);
});

test('what was reached through a tunnel is reached through it again, and a token asks for the check', () => {
  const raw = url('postgres://me@db.example:15432/shop?hostaddr=127.0.0.1');
  expect(explain(raw, 'self-signed certificate').hint).toMatch(
    / registry-jobs status --database-url 'postgres:\/\/me@db\.example:15432\/shop\?sslmode=require&hostaddr=127\.0\.0\.1'$/,
  );
  expect(explain({ ...raw, ...rawSettings({ auth: 'iam' }) }, 'self-signed certificate').hint).not.toContain(
    'nothing',
  );
});

test('no socket', () => {
  const { message } = explain(rawSettings({ host: '/run/pg', database: 'd', user: 'u' }), 'no', 'ENOENT');
  expect(message).toBe('There is no socket of a server on port 5432 in /run/pg.');
});

test('a place names user, host and database, and both ends of a tunnel', () => {
  const database = { host: 'db.example', port: 15_432, name: 'shop', user: 'me' };
  expect(placeOf(database)).toBe('shop on db.example as me');
  expect(placeOf({ ...database, address: '127.0.0.1' })).toBe(
    'shop on db.example (through 127.0.0.1:15432) as me',
  );
  expect(reachedAt(database)).toBe('db.example:15432');
});
