import { expect, test } from 'vitest';
import { splitDatabaseUrl } from '../../lib/settings/database-url.ts';
import { fromVariables } from '../../lib/settings/environment.ts';
import { mergeLayers } from '../../lib/settings/layers.ts';
import { fromEnvFile } from '../../lib/settings/other-names.ts';
import { parseAnySettings, parseSettings } from '../../lib/settings/parse.ts';
import type { RawSettings } from '../../lib/settings/settings.ts';

const context = {
  nameOf: (key: string) => key,
  certificates: () => [],
  readFile: () => '',
  resolve: (file: string) => `/home/${file}`,
  createToken: async () => '',
};

test.each([
  ['sqlite:./index.db', './index.db'],
  ['sqlite:index.db', 'index.db'],
  ['sqlite:/var/index.db', '/var/index.db'],
  ['sqlite:///var/index.db', '/var/index.db'],
  ['sqlite3://index.db', 'index.db'],
  ['SQLite:a%20b%25%3F.db', 'a b%?.db'],
  ['sqlite:./me@home#1.db', './me@home#1.db'],
])('%s names a file', (url, file) => {
  expect(splitDatabaseUrl(url, '--database-url')).toEqual({ file: { value: file, name: '--database-url' } });
});

test.each([
  ['sqlite:', 'names no file'],
  ['sqlite:./folder/', 'names no file'],
  ['sqlite::memory:', 'names a database in memory, which is gone with the command'],
  ['sqlite:x.db?mode=ro', 'has parameters, which a SQLite database has none of here'],
  ['sqlite:100%.db', 'has a % that is not part of an escape'],
])('%s is refused', (url, message) => {
  expect(() => splitDatabaseUrl(url, '--database-url')).toThrow(message);
});

const sqlite = { file: { value: 'x.db', name: 'DATABASE_URL' } };
const server: RawSettings = {
  host: { value: 'db.example', name: 'PGHOST' },
  password: { value: 'hunter2', name: 'PGPASSWORD' },
};

test('a file and a server are each the whole of where to: the stronger one leaves nothing of the other', () => {
  const merge = (layers: Partial<Parameters<typeof mergeLayers>[0]>) =>
    mergeLayers({ flags: {}, environment: {}, source: {}, ...layers });
  expect(merge({ flags: sqlite, environment: server })).toEqual(sqlite);
  expect(merge({ flags: sqlite, source: server })).toEqual(sqlite);
  expect(merge({ environment: sqlite, source: server })).toEqual(sqlite);
  expect(merge({ flags: server, environment: sqlite })).toEqual(server);
  expect(merge({ environment: server, source: sqlite })).toEqual(server);
  // Variables that only complete a server do not name one.
  expect(merge({ environment: { password: { value: 'x', name: 'PGPASSWORD' } }, source: sqlite })).toEqual(
    sqlite,
  );
  const lockTimeout = { value: '3s', name: 'REGISTRY_JOBS_LOCK_TIMEOUT' };
  expect(merge({ flags: sqlite, source: { ...server, lockTimeout } })).toEqual({ ...sqlite, lockTimeout });
});

test('DATABASE_URL wins over PGHOST and over DB_HOST of the same place', () => {
  expect(fromVariables({ DATABASE_URL: 'sqlite:x.db', PGHOST: 'db', PGPASSWORD: 'hunter2' })).toEqual({
    file: { value: 'x.db', name: 'DATABASE_URL' },
  });
  const { raw, warnings } = fromEnvFile({
    name: '.env.test',
    variables: { DATABASE_URL: 'sqlite:x.db', DB_HOST: 'db', DB_PASSWORD: 'hunter2' },
  });
  expect(raw).toEqual({ file: { value: 'x.db', name: 'DATABASE_URL in .env.test' } });
  expect(warnings).toEqual([
    {
      code: 'settings-disagree',
      message:
        'DATABASE_URL in .env.test names a SQLite database, which was used. Nothing of DB_HOST and its like was.',
    },
  ]);
});

test('which database it is stands in the settings, with a ledger in its one schema', () => {
  const parse = (raw: RawSettings) => parseAnySettings(raw, context);
  expect(parse(sqlite)).toMatchObject({
    database: { kind: 'sqlite', file: '/home/x.db', shownAs: 'x.db' },
    ledger: { schema: 'main', table: 'schema_migrations' },
  });
  const ledger = (value: string) => ({ ...sqlite, ledger: { value, name: '--ledger' } });
  expect(parse(ledger('mine')).ledger).toEqual({ schema: 'main', table: 'mine' });
  expect(parse(ledger('main.mine')).ledger).toEqual({ schema: 'main', table: 'mine' });
  expect(() => parse(ledger('app.mine'))).toThrow(
    expect.objectContaining({
      detail: expect.stringContaining('is in a schema, and a SQLite database has none'),
    }),
  );
});

test('what only a server can do is refused where the settings are read', () => {
  expect(() => parseSettings(sqlite, context)).toThrow(
    expect.objectContaining({
      code: 'not-for-sqlite',
      message: 'This works on Postgres alone, and x.db is a SQLite database.',
    }),
  );
});
