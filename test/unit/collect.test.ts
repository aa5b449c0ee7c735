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
