import { describe, expect, test } from 'vitest';
import { type Asked, assertOneDatabase, missingIn } from '../../lib/cli/which-database.ts';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { fromVariables, readDatabaseUrl, variableNames } from '../../lib/settings/environment.ts';

const exported = fromVariables({ DATABASE_URL: 'postgres://me:hunter2@localhost/shop' });
const flag = readDatabaseUrl('postgres://you:hunter2@other.example/shop', '--database-url');
const ofFile = fromVariables(
  { PGHOST: 'db.example', PGDATABASE: 'registry', PGUSER: 'migrator' },
  ' in .env.test',
);

/** What is told, or refused. */
function told(asked: Partial<Asked> & { raw?: Asked['source']['raw'] }): string[] {
  const { raw = {}, ...rest } = asked;
  const source = { raw, missing: (key: string) => `${key} is not there` };
  try {
    const whole = { flags: {}, environment: {}, env: 'production', isEnvNamed: true, source, ...rest };
    return assertOneDatabase(whole).map(({ message }) => message);
  } catch (error) {
    return renderError(toErrorReport(error)).split('\n');
  }
}

describe('two that say which database is meant', () => {
  test('a live environment by name, and what happens to be exported', () => {
    expect(told({ environment: exported })).toEqual([
      '--env production and DATABASE_URL both say which database is meant; DATABASE_URL means shop on localhost as me. [two-databases]',
      'What to do: Nothing was done: leave out --env if that one is meant. To use the settings of production: env -u DATABASE_URL registry-jobs status --env production',
    ]);
    expect(told({ environment: fromVariables({ PGHOST: 'h' }) })[0]).toContain(
      '--env production and PGHOST both say',
    );
  });

  test('is no matter where both mean the same', () => {
    const same = fromVariables(
      { PGHOST: 'localhost', PGDATABASE: 'shop', PGUSER: 'me' },
      ' in .env.production',
    );
    expect(told({ environment: exported, raw: same })).toEqual([]);
  });

  test('an environment on this machine gives way, and that is told', () => {
    expect(told({ environment: exported, env: 'test', raw: ofFile })).toEqual([
      'DATABASE_URL says which database is meant (shop on localhost as me): what the settings of test say of a database was not used.',
    ]);
    expect(told({ environment: exported, env: 'test' })).toEqual([]);
    expect(told({ environment: exported, env: 'development', isEnvNamed: false, raw: ofFile })).toEqual([]);
  });

  test('a flag wins, and over a live environment that is told', () => {
    expect(told({ flags: flag, environment: exported })).toEqual([
      '--database-url says which database is meant (shop on other.example as you): --env production was not looked at.',
    ]);
    expect(told({ flags: flag, env: 'test', raw: ofFile })).toEqual([]);
  });

  test('a path of Parameter Store', () => {
    const path = { value: '/shop/migrate', isFlag: true };
    expect(told({ flags: flag, path })).toEqual([
      '--parameter-path and --database-url both say which database is meant; --database-url means shop on other.example as you. [two-databases]',
      'What to do: Nothing was done: leave out one of them',
    ]);
    expect(told({ environment: exported, path, isEnvNamed: false })).toEqual([
      '--parameter-path and DATABASE_URL both say which database is meant; DATABASE_URL means shop on localhost as me. [two-databases]',
      'What to do: Nothing was done: take away one of them: env -u DATABASE_URL registry-jobs status',
    ]);
    expect(told({ environment: exported, path: { ...path, isFlag: false } })[0]).toMatch(
      /^REGISTRY_JOBS_PARAMETER_PATH and DATABASE_URL both say/,
    );
    expect(told({ flags: flag, path: { ...path, isFlag: false } })).toEqual([
      '--database-url says which database is meant (shop on other.example as you): REGISTRY_JOBS_PARAMETER_PATH was not looked at.',
    ]);
    expect(told({ path, environment: fromVariables({ PGHOSTADDR: '127.0.0.1', PGPORT: '1' }) })).toEqual([]);
  });

  test('a variable that names a part of another database', () => {
    const environment = fromVariables({ PGDATABASE: 'shop', PGUSER: 'migrator', PGPASSWORD: 'hunter2' });
    expect(told({ environment, raw: ofFile })).toEqual([
      'PGDATABASE was used (shop), and not what the settings of production say (registry).',
    ]);
    expect(told({ environment, raw: ofFile, isEnvNamed: false })).toEqual([]);
  });
});

describe('what is missing is told by where it was looked for', () => {
  const say = (asked: Pick<Asked, 'flags' | 'environment'>, raw: Asked['source']['raw'] = {}) =>
    missingIn(
      { ...asked, source: { raw, missing: (key) => `${key} is not there` } },
      (key) => variableNames[key],
    )('user');
  const noUser = readDatabaseUrl('postgres://other.example/shop', '--database-url');
  const inQuery = readDatabaseUrl('postgres:///shop?host=other.example', '--database-url');

  test.each<[string, Pick<Asked, 'flags' | 'environment'>, Asked['source']['raw'] | undefined]>([
    ['user is not there', { flags: {}, environment: {} }, ofFile],
    ['--database-url names no user, and PGUSER is not set', { flags: noUser, environment: {} }, {}],
    ['--database-url names no user, and PGUSER is not set', { flags: inQuery, environment: {} }, {}],
    [
      '--database-url names no user, and PGUSER is not set (PGUSER in .env.test not used: --database-url names another host)',
      { flags: noUser, environment: {} },
      ofFile,
    ],
    [
      '--database-url names no user (PGUSER not used: --database-url names another host)',
      { flags: noUser, environment: fromVariables({ PGHOST: 'h', PGUSER: 'me' }) },
      {},
    ],
    ['PGUSER is not set', { flags: {}, environment: fromVariables({ PGHOST: 'h' }) }, {}],
    [
      'DATABASE_URL names no user, and PGUSER is not set',
      { flags: {}, environment: fromVariables({ DATABASE_URL: 'postgres://h/d' }) },
      {},
    ],
  ])('%s', (expected, asked, raw) => {
    expect(say(asked, raw)).toBe(expected);
  });
});
