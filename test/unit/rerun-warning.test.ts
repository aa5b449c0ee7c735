import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { rerunWarnings } from '../../lib/plan/rerun-warning.ts';
import { compile } from '../support/migrations.ts';

const f = (body: string, declared = 'f()') =>
  `create or replace function ${declared} returns int language sql as 'select ${body}';`;
const view = (column: string) => `create or replace view v as select 1 as ${column};`;

/** What is said when `rerun` run again, all files being applied. */
async function messages(files: Readonly<Record<string, string>>, ...rerun: string[]): Promise<string[]> {
  const { migrations } = await compile(files);
  return rerunWarnings(migrations, rerun).map(({ message }) => message);
}
const says = (text: string) => [text.replaceAll(/(\d\d\d_\w\.sql)/g, 'migrations/$1')];

describe('puts an older definition back', () => {
  test('a function', async () => {
    expect(await messages({ '011_x.sql': f('1'), '022_z.sql': f('2') }, '011_x')).toEqual(
      says(
        '011_x.sql defines f(), which 022_z.sql defines anew: running it late puts the older one back. ' +
          'Run after it: registry-jobs up --rerun 022_z',
      ),
    );
  });

  const pairs: readonly (readonly [what: string, object: string, older: string, newer: string])[] = [
    ['a view', 'view v', view('a'), 'create or replace view public.v as select 1 as a, 2 as b;'],
    [
      'a view that was dropped and made',
      'view v',
      'drop view if exists v; create view v as select 1;',
      view('a'),
    ],
    [
      'a trigger',
      'trigger t on x',
      'create or replace trigger t before insert on x execute function f();',
      'drop trigger if exists t on x; create trigger t after insert on x execute function g();',
    ],
    [
      'a policy, which can only be dropped and made',
      'policy p on x',
      'drop policy if exists p on x; create policy p on x using (true);',
      'drop policy p on x; create policy p on x using (false);',
    ],
    [
      'a rule',
      'rule r on s.x',
      'create or replace rule r as on insert to s.x do instead nothing;',
      'create or replace rule r as on insert to s.x do also nothing;',
    ],
    [
      'a procedure',
      'p(bigint)',
      'create or replace procedure p(a int8) language sql as $$$$;',
      'create or replace procedure "p"(b bigint) language sql as $$ $$;',
    ],
    ['a function whose case is folded', 'f()', f('1', 'F()'), f('2', '"f"()')],
    [
      'a function by the types of what goes in, whatever it is called and whatever comes out',
      'f(integer, timestamp[])',
      f('1', 'f(a int, b timestamp[])'),
      `create or replace function public.f(x pg_catalog.int4 default 3, in y timestamp[] = null, out z int) language sql as 'select 1';`,
    ],
  ];
  test.each(pairs)('%s', async (_, object, older, newer) => {
    expect(await messages({ '001_a.sql': older, '002_b.sql': newer }, '001_a')).toEqual(
      says(
        `001_a.sql defines ${object}, which 002_b.sql defines anew: running it late puts the older one back. ` +
          'Run after it: registry-jobs up --rerun 002_b',
      ),
    );
  });

  test('several at once, in a sentence for each later file', async () => {
    const files = {
      '001_a.sql': `${f('1')} ${f('1', 'g()')} ${view('a')}`,
      '002_b.sql': `${f('2')} ${f('2', 'g()')}`,
      '003_c.sql': view('a'),
    };
    expect(await messages(files, '001_a')).toEqual(
      says(
        '001_a.sql defines f() and g(), which 002_b.sql defines anew: running it late puts the older ones back. ' +
          '001_a.sql defines view v, which 003_c.sql defines anew: running it late puts the older one back. ' +
          'Run after it: registry-jobs up --rerun 002_b 003_c',
      ),
    );
  });

  test('the newest of several decides, and those between run before it', async () => {
    const files = { '001_a.sql': f('1'), '002_b.sql': f('2'), '003_c.sql': f('3') };
    expect(await messages(files, '001_a')).toEqual(
      says(
        '001_a.sql defines f(), which 003_c.sql defines anew: running it late puts the older one back. ' +
          'Run after it: registry-jobs up --rerun 002_b 003_c',
      ),
    );
  });

  test('what has to run after it takes something back as well', async () => {
    const files = {
      '001_a.sql': f('1'),
      '002_b.sql': `${f('2')} ${view('a')}`,
      '003_c.sql': `${view('a')} ${f('1', 'g()')}`,
      '004_d.sql': f('2', 'g()'),
    };
    const [warning] = rerunWarnings((await compile(files)).migrations, ['001_a']);
    expect(warning?.runAfter).toEqual(['002_b', '003_c', '004_d']);
  });
});

test('many files that define much: no more than what they mention is looked at', async () => {
  const MANY = 150;
  const files = Object.fromEntries(
    Array.from({ length: MANY }, (_, index) => [
      `${String(index + 1).padStart(3, '0')}_v.sql`,
      Array.from(
        { length: 30 },
        (_, k) => `create or replace view v${(index * 7 + k) % 900} as select 1;`,
      ).join('\n'),
    ]),
  );
  const { migrations } = await compile(files);
  const began = performance.now();
  const [warning] = rerunWarnings(migrations, ['001_v']);
  expect(warning?.runAfter.length).toBeGreaterThan(30);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('brings back what a later file dropped or renamed', async () => {
  const files = {
    '001_a.sql': `create table if not exists t (a int); create index if not exists i on u (a); create table if not exists o (a int); ${f('1')}`,
    '002_b.sql': 'drop table t; drop index i; alter table o rename to n; drop function f;',
  };
  expect(await messages(files, '001_a')).toEqual(
    says(
      '001_a.sql defines table t, index i, table o and f(), which 002_b.sql drops: running it late brings them back. ' +
        'Run after it: registry-jobs up --rerun 002_b',
    ),
  );
});

test('takes away what a later file made', async () => {
  const files = { '001_a.sql': 'drop view if exists v;', '002_b.sql': view('a') };
  expect(await messages(files, '001_a')).toEqual(
    says(
      '001_a.sql drops view v, which 002_b.sql defines: running it late takes it away. ' +
        'Run after it: registry-jobs up --rerun 002_b',
    ),
  );
});

test('a later file that cannot run again: there is no command that mends it', async () => {
  const files = { '001_a.sql': f('1'), '002_b.up.sql': f('2'), '002_b.down.sql': f('1') };
  const { migrations } = await compile(files);
  expect(rerunWarnings(migrations, ['001_a'])).toEqual([
    {
      code: 'rerun-undoes',
      version: '001_a',
      message:
        'migrations/001_a.sql defines f(), which migrations/002_b.up.sql defines anew: running it late puts the older one back. ' +
        'Write a new migration instead: migrations/002_b.up.sql is no plain file and cannot run again after it.',
      runAfter: [],
    },
  ]);
});

describe('says nothing', () => {
  const quiet: readonly (readonly [what: string, older: string, newer: string])[] = [
    ['of a function with other arguments', f('1'), f('2', 'f(a text)')],
    ['of the same name in another schema', f('1'), f('2', 'other.f()')],
    [
      'of a table that is only made where there is none',
      'create table if not exists t (a int);',
      'create table if not exists t (b int);',
    ],
    [
      'of a definition under a condition',
      `do $$ begin if false then ${f('1').replaceAll("'", "''")} end if; end $$;`,
      f('2'),
    ],
    ['of what stands in a comment or a string', `-- ${f('1')}\nselect $$ ${f('1')} $$;`, f('2')],
    [
      'of a trigger of the same name on another table',
      'create or replace trigger t before insert on x execute function f();',
      'create or replace trigger t before insert on y execute function f();',
    ],
    ['of a drop that both do', 'drop function if exists f();', 'drop function if exists f();'],
    ['of what the file itself replaces once more', `drop table if exists t;`, 'select 1;'],
  ];
  test.each(quiet)('%s', async (_, older, newer) => {
    expect(await messages({ '001_a.sql': older, '002_b.sql': newer }, '001_a')).toEqual([]);
  });

  test('of the newest file, nor of one whose later ones run again with it', async () => {
    const files = { '001_a.sql': f('1'), '002_b.sql': f('2'), '003_c.sql': f('3') };
    expect(await messages(files, '003_c')).toEqual([]);
    expect(await messages(files, '001_a', '003_c')).toEqual([]);
    expect(await messages(files, '001_a', '002_b', '003_c')).toEqual([]);
    expect(await messages(files, 'nobody')).toEqual([]);
  });

  test('of any of the files of this project', async () => {
    const folder = path.resolve(import.meta.dirname, '../../migrations');
    const { migrations } = await compileFolder(folder, 'migrations');
    for (const { version } of migrations) expect(rerunWarnings(migrations, [version]), version).toEqual([]);
  });
});
