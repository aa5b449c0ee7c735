import { describe, expect, test } from 'vitest';
import { fromEnvFile, lookalikes } from '../../lib/settings/other-names.ts';
import { unknownNames } from '../../lib/settings/variable-names.ts';
import { nearest } from '../../lib/text/nearest.ts';

describe('the nearest word', () => {
  test.each([
    ['legder', 'ledger'],
    ['LEDGER', 'ledger'],
    ['ledge', 'ledger'],
    ['schema', undefined],
    ['x', undefined],
    ['lock', undefined],
  ])('of %s is %s', (word, expected) => {
    expect(nearest(word, ['migrations', 'ledger', 'lock-timeout'])).toBe(expected);
  });
});

describe('a name that nobody reads', () => {
  const messages = (variables: Record<string, string>, file?: string) =>
    unknownNames(variables, file).map(({ message }) => message);

  test.each([
    ['REGISTRY_JOBS_LEGDER', 'REGISTRY_JOBS_LEDGER'],
    ['REGISTRY_JOBS_MIGRATION', 'REGISTRY_JOBS_MIGRATIONS'],
    ['REGISTRY_JOBS_MIGRATIONS_FOLDER', 'REGISTRY_JOBS_MIGRATIONS'],
    ['REGISTRY_JOB_LOCK_TIMEOUT', 'REGISTRY_JOBS_LOCK_TIMEOUT'],
    ['registry_jobs_maintenance', 'REGISTRY_JOBS_MAINTENANCE'],
    ['REGISTRY_JOBS_STATISTIC_FUNCTIONS', 'REGISTRY_JOBS_STATISTICS_FUNCTIONS'],
    ['REGISTRY_JOBS_PARAMETERS_PATH', 'REGISTRY_JOBS_PARAMETER_PATH'],
  ])('%s is perhaps %s', (name, meant) => {
    expect(messages({ [name]: 'a-value' })).toEqual([
      `${name} is set in the environment and was not used: there is no such setting (did you mean ${meant}?).`,
    ]);
  });

  test('is told with all there are where none is near', () => {
    expect(messages({ REGISTRY_JOBS_COLOUR: 'blue' }, '.env.test')).toEqual([
      expect.stringMatching(
        /^REGISTRY_JOBS_COLOUR is set in \.env\.test and was not used: there is no such setting\. There are REGISTRY_JOBS_AUTH, .*REGISTRY_JOBS_EMBEDDED\.$/,
      ),
    ]);
  });

  test('is told where it would be read', () => {
    expect([
      ...messages({ REGISTRY_JOBS_EMBEDDED: '.pg' }),
      ...messages({ REGISTRY_JOBS_ENVIRONMENT: 'test' }, '.env.test'),
    ]).toEqual([
      'REGISTRY_JOBS_EMBEDDED is set in the environment and was not used: it is read from .env files only.',
      'REGISTRY_JOBS_ENVIRONMENT is set in .env.test and was not used: it chooses the file, so it is read from the environment only.',
    ]);
  });

  test('is nothing of others, nothing that is empty, and none of those that are read', () => {
    const variables = {
      REGISTRY_JOBS_LEDGER: 'a.b',
      REGISTRY_JOBS_MIGRATIONS: 'db',
      REGISTRY_JOBS_PARAMETER_PATH: '/a',
      REGISTRY_JOBS_SECRET_ARN: 'arn',
      REGISTRY_JOBS_LEGDER: '',
      REGISTRY: 'docker.example',
      PATH: '/bin',
    };
    expect(messages({ ...variables, REGISTRY_JOBS_ENVIRONMENT: 'test' })).toEqual([]);
    expect(messages({ ...variables, REGISTRY_JOBS_EMBEDDED: '.pg' }, '.env.test')).toEqual([]);
  });
});

describe('names of applications in a .env file', () => {
  const read = (variables: Record<string, string>) => {
    const { raw, warnings } = fromEnvFile({ name: '.env.test', variables });
    const values = Object.entries(raw).map(([key, { value, name }]) => [key, [value, name]]);
    return { values: Object.fromEntries(values), warnings: warnings.map(({ message }) => message) };
  };
  const all = {
    DB_HOST: 'db.example',
    DB_PORT: '6543',
    DB_NAME: 'registry',
    DB_USER: 'web',
    DB_PASSWORD: 'hunter2',
  };

  test('are a connection', () => {
    expect(read({ ...all, DB_USE_SSL: 'true' })).toEqual({
      values: {
        host: ['db.example', 'DB_HOST in .env.test'],
        port: ['6543', 'DB_PORT in .env.test'],
        database: ['registry', 'DB_NAME in .env.test'],
        user: ['web', 'DB_USER in .env.test'],
        password: ['hunter2', 'DB_PASSWORD in .env.test'],
        tls: ['verify-full', 'DB_USE_SSL in .env.test'],
      },
      warnings: [],
    });
    expect(read({ DB_USE_SSL: 'false' }).values).toEqual({ tls: ['disable', 'DB_USE_SSL in .env.test'] });
  });

  test('fill in what ours leave out, and what does not agree is told', () => {
    const { values, warnings } = read({
      ...all,
      PGHOST: 'db.example',
      PGUSER: 'migrator',
      PGPASSWORD: 'other',
      PGSSLMODE: 'require',
      DB_USE_SSL: 'false',
    });
    expect(values).toEqual({
      host: ['db.example', 'PGHOST in .env.test'],
      port: ['6543', 'DB_PORT in .env.test'],
      database: ['registry', 'DB_NAME in .env.test'],
      user: ['migrator', 'PGUSER in .env.test'],
      password: ['other', 'PGPASSWORD in .env.test'],
      tls: ['require', 'PGSSLMODE in .env.test'],
    });
    expect(warnings).toEqual([
      'DB_USER in .env.test does not agree with PGUSER there, which was used (migrator, not web).',
      'DB_PASSWORD in .env.test does not agree with PGPASSWORD there, which was used.',
      'DB_USE_SSL in .env.test does not agree with PGSSLMODE there, which was used (require, not disable).',
    ]);
  });

  test.each([
    [{ PGHOST: 'other.example' }, 'PGHOST'],
    [{ DATABASE_URL: 'postgres://me@other.example/shop' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgres:///shop?host=other.example' }, 'host in DATABASE_URL'],
  ])('are left out whole where %j names another host', (variables, name) => {
    const { values, warnings } = read({ ...all, ...variables });
    expect(values.host?.[0]).toBe('other.example');
    expect([values.password, values.port]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([
      `DB_HOST in .env.test is db.example, and ${name} there names other.example, which was used. Nothing of DB_HOST and its like was.`,
    ]);
  });

  test('a switch that is none is refused', () => {
    expect(() => read({ ...all, DB_USE_SSL: 'perhaps' })).toThrow(
      'DB_USE_SSL in .env.test: "perhaps" is neither on nor off',
    );
  });

  test.each([
    [
      'user',
      { DB_USERNAME: 'a', POSTGRES_USER: 'b', DB_USER: 'c', EMPTY_USER: 'd', PGUSER: 'e' },
      ['DB_USERNAME', 'POSTGRES_USER'],
    ],
    [
      'host',
      { DATABASE_HOST: 'a', SMTP_HOST: 'b', DATABASE_URL: 'c', POSTGRES_URL: 'd' },
      ['DATABASE_HOST', 'POSTGRES_URL'],
    ],
    ['database', { POSTGRES_DB: 'a', DB_DATABASE: 'b', APP_NAME: 'c' }, ['POSTGRES_DB', 'DB_DATABASE']],
  ] as const)('what looks like the %s is found', (key, variables, expected) => {
    expect(lookalikes(key, { name: '.env.test', variables })).toEqual(expected);
  });
});
