import { describe, expect, test } from 'vitest';
import { createCarrier } from '../../lib/cli/given-options.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';

/** What becomes of a text after a command was called with these words. */
async function carried(argv: string[], text: string, env = {}): Promise<string> {
  const io = { env: {}, out: () => {}, err: () => {} } as never;
  const program = createProgram(io, '0', async () => {});
  let called: (typeof program.commands)[number] | undefined;
  program.hook('preAction', (_, command) => {
    called = command;
  });
  const carry = createCarrier(program, () => called, env);
  await program.parseAsync(argv, { from: 'user' });
  return carry(text);
}

describe('a command in a text gets the options that were given', () => {
  const URL = 'postgres://me@db.example/shop';
  test.each([
    [
      ['up', '--database-url', URL],
      'Go on with: registry-jobs resume',
      `Go on with: registry-jobs resume --database-url ${URL}`,
    ],
    [
      ['up', '-m', 'my files', '-e', 'staging', '--ledger', 'app.sm'],
      'What to do: registry-jobs force 2_c --remove. Or: registry-jobs resume --from 3',
      `What to do: registry-jobs force --env staging --ledger app.sm --migrations 'my files' 2_c --remove. Or: registry-jobs resume --env staging --ledger app.sm --migrations 'my files' --from 3`,
    ],
    // What it has already, and what it does not take.
    [
      ['up', '--ledger', 'a.b'],
      'Name it: registry-jobs up --ledger c.d',
      'Name it: registry-jobs up --ledger c.d',
    ],
    // Under another name, or under that of one letter.
    [
      ['up', '--table', 'app.sm'],
      'Go on with: registry-jobs resume',
      'Go on with: registry-jobs resume --ledger app.sm',
    ],
    [
      ['up', '--ledger', 'a.b', '-e', 'staging', '-m', 'db'],
      'Name it: registry-jobs up --table=c.d -e test -m=sql',
      'Name it: registry-jobs up --table=c.d -e test -m=sql',
    ],
    [['up', '-m', 'db'], 'Then: registry-jobs refresh', 'Then: registry-jobs refresh'],
    [
      ['up', '-m', 'db'],
      'Create one with: registry-jobs new "title"',
      'Create one with: registry-jobs new --migrations db "title"',
    ],
    [['up'], 'Go on with: registry-jobs resume', 'Go on with: registry-jobs resume'],
    // What is no command.
    [
      ['up', '-m', 'db'],
      '-- registry-jobs: transaction off, of registry-jobs itself',
      '-- registry-jobs: transaction off, of registry-jobs itself',
    ],
    // No password is repeated.
    [
      ['up', '--database-url', 'postgres://me:p%40ss:w?r#d@h/d'],
      'registry-jobs status',
      'registry-jobs status --database-url postgres://me:password@h/d',
    ],
    // Where nobody can say what of it is one.
    [
      ['up', '--database-url', 'postgres://me:p@ss:w/rd@h/d'],
      'registry-jobs status',
      'registry-jobs status --database-url URL',
    ],
    [
      ['refresh', '--parameter-path', '/shop/refresh', '--statistics-functions', 'a,b'],
      'Then: registry-jobs refresh, or registry-jobs status',
      'Then: registry-jobs refresh --parameter-path /shop/refresh --statistics-functions a,b, or registry-jobs status --parameter-path /shop/refresh',
    ],
  ])('%j %s', async (argv, text, expected) => {
    expect(
      (await carried(argv, text)).replaceAll("'postgres://me:password@h/d'", 'postgres://me:password@h/d'),
    ).toBe(expected.replaceAll("'postgres://me@db.example/shop'", URL));
  });

  test('and npx, where we were called by it', async () => {
    expect(await carried(['up'], 'Then: registry-jobs up', { npm_command: 'exec' })).toBe(
      'Then: npx registry-jobs up',
    );
  });
});

test('what a failed run tells to do can be pasted', async () => {
  const database = await createTestDatabase();
  try {
    const folder = createProject({}, database);
    writeFiles(`${folder}/db`, { '1_a.sql': '-- registry-jobs: transaction off\nselect 1;\nselect 1/0;' });
    const given = ['--database-url', database.url, '-m', 'db', '--ledger', 'public.applied'];
    const { stdout } = await cliInProcess(['up', ...given], { folder });
    const [, command = ''] = /Go on with: registry-jobs (.*)/.exec(stdout) ?? [];
    const words = command
      .replace(/:password@/, `:${new URL(database.url).password}@`)
      .replaceAll("'", '')
      .split(' ');
    expect(words[0]).toBe('resume');
    writeFiles(`${folder}/db`, { '1_a.sql': '-- registry-jobs: transaction off\nselect 1;\nselect 1/1;' });
    expect(await cliInProcess(words, { folder })).toMatchObject({ code: 0 });
    expect(await database.query('select version from applied')).toEqual([{ version: '1_a' }]);
  } finally {
    await database.drop();
  }
});
