import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { compile, withFolder } from '../support/migrations.ts';

describe('a folder of migrations', () => {
  test('is ordered by number, not by name', async () => {
    const files = ['10_b.sql', '9_a.sql', '20191021125829_d.up.sql', '201909251211_c.up.sql'];
    const { migrations } = await compile(Object.fromEntries(files.map((name) => [name, 'select 1;'])));
    expect(migrations.map(({ up }) => up.file)).toEqual([
      'migrations/9_a.sql',
      'migrations/10_b.sql',
      'migrations/201909251211_c.up.sql',
      'migrations/20191021125829_d.up.sql',
    ]);
  });

  test('joins up with down', async () => {
    const { migrations } = await compile({
      '1_a.up.sql': 'select 1',
      '1_a.down.sql': 'select 2',
      '2_b.up.sql': 'select 3',
    });
    expect(migrations.map(({ version, style, down }) => [version, style, down?.file])).toEqual([
      ['1', 'versioned', 'migrations/1_a.down.sql'],
      ['2', 'versioned', undefined],
    ]);
  });

  test.each([
    [
      'two of one version',
      ['001_a.sql', '001_b.sql'],
      'migrations/001_a.sql and migrations/001_b.sql have the same version, 1.',
    ],
    [
      'one version written twice',
      ['001_b.sql', '1_a.sql'],
      'migrations/001_b.sql and migrations/1_a.sql have the same version, 1.',
    ],
    [
      'plain beside up',
      ['1_a.sql', '1_a.up.sql'],
      'migrations/1_a.sql and migrations/1_a.up.sql have the same version, 1.',
    ],
    ['down without up', ['1_a.down.sql'], 'migrations/1_a.down.sql has no up file.'],
    [
      'down beside plain',
      ['1_a.down.sql', '1_a.sql'],
      'migrations/1_a.sql is a plain file, so migrations/1_a.down.sql of the same version has nothing to undo.',
    ],
    ['a bad name', ['001_a.sql', 'oops.sql'], "oops.sql is not a migration's name."],
  ])('%s is refused', async (_, names, message) => {
    await expect(compile(Object.fromEntries(names.map((name) => [name, 'select 1'])))).rejects.toThrow(
      message,
    );
  });

  test('of very many faults the first twenty are told, and the others counted', async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}-a.sql`, '']));
    await expect(compile(files)).rejects.toMatchObject({
      message: '300 problems in the migrations:',
      detail: expect.stringMatching(/^(?:- .*\n {2}What to do: .*\n){20}- and 280 more$/),
    });
  });

  test.each<[string, string[], string, string]>([
    [
      'beside what it undoes',
      ['003_x.sql', '003_x_rollback.sql'],
      '003_x_rollback.sql is by its name the way back of 003_x.sql, and would be run as a way forward.',
      'Name them as a pair: mv migrations/003_x.sql migrations/003_x.up.sql && mv migrations/003_x_rollback.sql migrations/003_x.down.sql',
    ],
    [
      'with nothing but numbers',
      ['1_up.sql', '1_down.sql'],
      '1_down.sql is by its name the way back of 1_up.sql, and would be run as a way forward.',
      'Name them as a pair: mv migrations/1_up.sql migrations/1_title.up.sql && mv migrations/1_down.sql migrations/1_title.down.sql',
    ],
    [
      'after a dot',
      ['1_a.sql', '2_b.undo.sql'],
      '2_b.undo.sql is by its name a way back, and would be run as a way forward.',
      'Name it {version}_{title}.down.sql, beside {version}_{title}.up.sql; or give it a title that ends otherwise.',
    ],
  ])('a way back by its name is refused: %s', async (_, names, message, hint) => {
    const files = Object.fromEntries(names.map((name) => [name, 'select 1']));
    await expect(compile(files)).rejects.toMatchObject({ message, hint });
  });

  test('a title may end in such a word', async () => {
    const names = ['1_a.sql', '2_scale_down.sql', '3_fix_rollback.sql'];
    const { migrations } = await compile(Object.fromEntries(names.map((name) => [name, 'select 1'])));
    expect(migrations.map(({ version }) => `${version}.sql`)).toEqual(names);
  });

  test('several faults are told together', async () => {
    const error = await compile({ '1_a.sql': 'select 1', '2_b.sql': 'selec 1', '3_c.sql': 'commit' }).catch(
      (caught) => caught,
    );
    expect(error).toMatchObject({ code: 'invalid-migrations', message: '2 problems in the migrations:' });
    expect(error.detail).toContain('migrations/2_b.sql:1:1: syntax error at or near "selec" [syntax-error]');
    expect(error.detail).toContain('migrations/3_c.sql:1:1: COMMIT is not allowed');
  });

  test('an empty folder and a missing one are refused', async () => {
    await expect(compile({ 'README.md': 'nothing here' })).rejects.toThrow('holds no migration');
    await expect(compileFolder('/nowhere/at/all')).rejects.toMatchObject({ code: 'no-migrations-folder' });
  });

  test('a link that leaves the folder is refused', () =>
    withFolder({ '1_a.sql': 'select 1' }, (outside) =>
      withFolder({}, async (folder) => {
        await symlink(path.join(outside, '1_a.sql'), path.join(folder, '1_a.sql'));
        await expect(compileFolder(folder, 'm')).rejects.toMatchObject({ code: 'symlink-outside' });
      }),
    ));

  test('line ends and byte-order mark do not change the checksum', async () => {
    const [lf, crlf, bom] = await Promise.all([
      compile({ '1_a.sql': 'select 1;\nselect 2;\n' }),
      compile({ '1_a.sql': 'select 1;\r\nselect 2;\r\n' }),
      compile({ '1_a.sql': '\uFEFFselect 1;\nselect 2;\n' }),
    ]);
    expect(crlf).toEqual(lf);
    expect(bom).toEqual(lf);
  });
});
