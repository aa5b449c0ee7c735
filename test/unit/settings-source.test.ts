import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readEnvFile } from '../../lib/settings/env-file.ts';
import { readSource } from '../../lib/settings/source.ts';
import { type FakeParameterStore, faults, startParameterStore } from '../support/parameter-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const found = { job: 'migrate', isServerGiven: false } as const;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

describe('.env files', () => {
  test('comments, quotes, export, empty values and Windows line ends', async () => {
    const text = [
      '# a comment',
      'PGHOST=h # behind a value',
      'PGUSER = spaced ',
      'PGPASSWORD="with # hash and = sign"',
      "PGDATABASE='single'",
      'export PGPORT=5433',
      'PGSSLMODE=',
    ].join('\r\n');
    const file = await readEnvFile(folderWith({ '.env.test': text }), 'test');
    expect(file).toEqual({
      name: '.env.test',
      variables: {
        PGHOST: 'h',
        PGUSER: 'spaced',
        PGPASSWORD: 'with # hash and = sign',
        PGDATABASE: 'single',
        PGPORT: '5433',
        PGSSLMODE: '',
      },
    });
  });

  const begins = (name: string, quote: string) =>
    `${name} begins with ${quote} and has no ${quote} at its end`;
  test.each<[string, string, string, number, number]>([
    [
      'no quote at the end',
      'A=1\nDATABASE_URL="postgres://u:geheim@h/d\nB=2',
      begins('DATABASE_URL', '"'),
      2,
      14,
    ],
    ['of another kind', 'DATABASE_URL=\'postgres://h/d"', begins('DATABASE_URL', "'"), 1, 14],
    ['after export, with blanks', '# x\r\n export PGHOST = "h\r\nPGPORT=1\r\n', begins('PGHOST', '"'), 2, 18],
    ['after a byte-order mark', '\uFEFFPGUSER=`u', begins('PGUSER', '`'), 1, 8],
    [
      'closed by the quote of another variable',
      'PGHOST="h\nPGUSER="u"',
      `${begins('PGHOST', '"')}, so that PGUSER is taken for a part of it`,
      1,
      8,
    ],
    [
      'in a variable that is not ours, which swallows one that is',
      'SECRET="s\n# why\nPGPASSWORD="geheim"',
      `${begins('SECRET', '"')}, so that PGPASSWORD is taken for a part of it`,
      1,
      8,
    ],
    [
      'in the middle',
      'PGPASSWORD="ge"heim" # why',
      'PGPASSWORD goes on after its closing ", and what stands there would be left out',
      1,
      12,
    ],
  ])('a quote that does not fit is told with its place: %s', async (_, text, message, line, column) => {
    const folder = folderWith({ '.env.test': text });
    const error = await readSource({ ...found, folder, environment: 'test' }).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'invalid-settings',
      message: `${message}.`,
      location: { file: '.env.test', line, column },
    });
    expect(`${error.message} ${error.hint}`).not.toContain('eheim');
  });

  test('several are told together', async () => {
    const folder = folderWith({ '.env.test': 'PGHOST="h\nPGUSER=\'u\nPGPORT=1' });
    const error = await readSource({ ...found, folder, environment: 'test' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'UsageError', message: '.env.test has 2 faults:' });
    expect(error.detail).toMatch(/^- \.env\.test:1:8: PGHOST begins.*^- \.env\.test:2:8: PGUSER begins/ms);
  });

  test.each([
    ['a value of several lines', 'PGOPTIONS="a\nb=c=="\nPGHOST=h'],
    ['a quote within a value', `PGPASSWORD=a"b\nPGHOST=h`],
    ['quotes of another kind within', `PGPASSWORD='a"b'\nPGHOST=h`],
    ['a variable that nobody reads', 'OTHER="x\nMORE="a" b\nPGHOST=h'],
    ['a comment', `# it's "\nPGHOST="h" # it's`],
  ])('other quotes are as they are: %s', async (_, text) => {
    const folder = folderWith({ '.env.test': text });
    const { raw } = await readSource({ ...found, folder, environment: 'test' });
    expect(raw.host?.value).toBe('h');
  });

  test('there need not be one', async () => {
    expect(await readEnvFile(folderWith({ '.env': 'PGHOST=h' }), 'test')).toBeUndefined();
  });

  test('settings are named after the file, also those that are missing', async () => {
    const folder = folderWith({ '.env.test': 'PGHOST=h\nREGISTRY_JOBS_EMBEDDED=.pg' });
    const source = await readSource({ ...found, folder, environment: 'test' });
    expect(source).toMatchObject({
      kind: 'env-file',
      raw: { host: { value: 'h', name: 'PGHOST in .env.test' } },
      embedded: '.pg',
    });
    expect(source.nameOf('user')).toBe('PGUSER in .env.test');
  });

  test('a live environment with a file is read from the file', async () => {
    const folder = folderWith({ '.env.staging': 'PGHOST=h' });
    expect((await readSource({ ...found, folder, environment: 'staging' })).kind).toBe('env-file');
  });

  test('a local environment without a file says what to do', async () => {
    const folder = folderWith({});
    await expect(readSource({ ...found, folder, environment: 'integration' })).rejects.toMatchObject({
      name: 'UsageError',
      code: 'no-settings',
      message: `There is no .env.integration in ${folder}, and no DATABASE_URL.`,
      hint: 'Create the file, set DATABASE_URL, or name the database: registry-jobs status --database-url postgres://user:password@localhost/database',
    });
  });

  test('a file that cannot be read says why', async () => {
    const folder = folderWith({});
    mkdirSync(path.join(folder, '.env.test'));
    await expect(readSource({ ...found, folder, environment: 'test' })).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(/^The \.env file cannot be read: EISDIR/),
      hint: `See whose it is: ls -ld ${folder}/.env*`,
    });
  });

  test('a plain .env will do for development, and for nothing else', async () => {
    const folder = folderWith({ '.env': 'PGHOST=h' });
    expect((await readEnvFile(folder, 'development'))?.name).toBe('.env');
    expect(await readEnvFile(folder, 'test')).toBeUndefined();
    writeFileSync(path.join(folder, '.env.development'), 'PGHOST=h');
    expect((await readEnvFile(folder, 'development'))?.name).toBe('.env.development');
  });

  test('a byte order mark is no part of a name', async () => {
    const file = await readEnvFile(folderWith({ '.env.test': '\uFEFFPGHOST=h' }), 'test');
    expect(file?.variables).toEqual({ PGHOST: 'h' });
  });

  test('a bad URL in a file is named after it', async () => {
    const folder = folderWith({ '.env.test': 'DATABASE_URL=shop' });
    await expect(readSource({ ...found, folder, environment: 'test' })).rejects.toThrow(
      'DATABASE_URL in .env.test: not a URL such as postgres://user:password@host:5432/database',
    );
  });

  test.each(['staging', 'development'])(
    '%s needs no source when the server is given',
    async (environment) => {
      const source = await readSource({
        folder: folderWith({}),
        environment,
        job: 'migrate',
        isServerGiven: true,
      });
      expect([source.kind, source.raw, source.nameOf('user')]).toEqual(['none', {}, 'PGUSER']);
    },
  );
});

describe('Parameter Store', () => {
  let store: FakeParameterStore;
  const variables: Readonly<Record<string, string>> = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKE',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_MAX_ATTEMPTS: '1',
  };
  const before: Record<string, string | undefined> = {};
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'migrations'));

  beforeAll(async () => {
    store = await startParameterStore({
      '/registry/staging/migrate/db/host': 'db.example',
      '/registry/staging/migrate/db/password': { type: 'SecureString', value: '0123' },
      '/registry/staging/migrate/db/colour': 'blue',
      '/registry/staging/refresh-statistics/db/host': 'other.example',
    });
    for (const [name, value] of Object.entries({ ...variables, AWS_ENDPOINT_URL_SSM: store.url })) {
      before[name] = process.env[name];
      process.env[name] = value;
    }
  });
  afterAll(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await store.close();
  });
  afterEach(() => store.parameters.delete('/registry/demo/migrate/db/host'));

  const read = (environment: string) => readSource({ ...found, folder, environment });

  test('settings are named by their full path, and digits stay text', async () => {
    const source = await read('staging');
    expect(source.kind).toBe('parameter-store');
    expect(source.raw).toEqual({
      host: { value: 'db.example', name: '/registry/staging/migrate/db/host' },
      password: { value: '0123', name: '/registry/staging/migrate/db/password' },
    });
  });

  test('a SQLite database is refused there, by the name of its parameter', async () => {
    const name = '/registry/demo/migrate/db/host';
    store.parameters.set(name, { value: 'sqlite:./index.db' });
    await expect(read('demo')).rejects.toMatchObject({
      code: 'not-for-sqlite',
      message: `${name} names a SQLite database, and settings of Parameter Store are of a server.`,
    });
  });

  test("of one process that goes to the next account, the settings are that account's", async () => {
    const here = await read('staging');
    const other = await startParameterStore({ '/registry/staging/migrate/db/host': 'of-the-other.example' });
    process.env.AWS_ENDPOINT_URL_SSM = other.url;
    const there = await read('staging');
    process.env.AWS_ENDPOINT_URL_SSM = store.url;
    await other.close();
    expect([here.raw.host?.value, there.raw.host?.value]).toEqual(['db.example', 'of-the-other.example']);
  });

  test('so are those that are missing', async () => {
    const { nameOf } = await read('staging');
    expect(nameOf('user')).toBe('/registry/staging/migrate/db/user');
    expect(nameOf('database')).toBe('/registry/staging/migrate/db/name');
    expect(nameOf('statisticsTimeout')).toBe('/registry/staging/migrate/statistics/timeout');
  });

  test('a path is read as it is given, and a file that names one is completed by it', async () => {
    const given = { ...found, environment: 'test', parameterPath: '/registry/staging/migrate/' };
    expect(
      (await readSource({ ...given, folder: folderWith({ '.env.test': 'PGHOST=h' }) })).raw.host,
    ).toEqual({
      value: 'db.example',
      name: '/registry/staging/migrate/db/host',
    });
    const text =
      'REGISTRY_JOBS_PARAMETER_PATH=/registry/staging/migrate\nPGHOSTADDR=127.0.0.1\nPGPORT=15432\n';
    const { kind, raw } = await readSource({
      ...found,
      environment: 'test',
      folder: folderWith({ '.env.test': text }),
    });
    expect(kind).toBe('parameter-store');
    expect(Object.fromEntries(Object.entries(raw).map(([key, { value }]) => [key, value]))).toEqual({
      host: 'db.example',
      password: '0123',
      address: '127.0.0.1',
      port: '15432',
      tokenPort: '5432',
    });
  });

  test.each(['registry/staging', '/', '/a//b', '/a b'])('%j is no path', async (parameterPath) => {
    await expect(readSource({ ...found, folder, environment: 'test', parameterPath })).rejects.toMatchObject({
      name: 'UsageError',
      code: 'bad-parameter-path',
    });
  });

  test('an empty path says what to create', async () => {
    await expect(read('demo')).rejects.toMatchObject({
      code: 'parameters-missing',
      message: 'Parameter Store has nothing below /registry/demo/migrate/.',
      hint: 'Create db/host, db/port, db/name, db/user, db/password below it; docs/reference/settings.md lists all.',
    });
  });

  test('a refusal says which right is missing', async () => {
    store.fail(faults.denied);
    await expect(read('staging')).rejects.toMatchObject({
      code: 'parameters-denied',
      message: `Parameter Store refused to read /registry/staging/migrate: ${faults.denied.message}`,
      hint: 'Allow ssm:GetParametersByPath on parameter/registry/staging/migrate, and kms:Decrypt on the key of its SecureStrings.',
    });
  });

  test('any other failure is told with its name', async () => {
    store.fail(faults.keyDisabled);
    await expect(read('staging')).rejects.toMatchObject({
      code: 'parameters-failed',
      message: `Parameter Store did not answer for /registry/staging/migrate: InvalidKeyId ${faults.keyDisabled.message}`,
    });
  });
});
