import { describe, expect, test } from 'vitest';
import { compareSnapshots, type Difference } from '../../lib/plan/differences.ts';
import { keyOf, readProperties, type Snapshot } from '../../lib/plan/snapshot.ts';
import { describeDifference } from '../../lib/reports/difference.ts';

type Properties = Readonly<Record<string, string | readonly string[] | null>>;
type Row = readonly [kind: string, name: string, of: string | undefined, properties: Properties];

/** As the server writes it. */
function snapshotOf(...rows: readonly Row[]): Snapshot {
  return new Map(
    rows.map(([kind, name, of, properties]) => {
      const texts = Object.entries(properties).map(([key, value]) =>
        typeof value === 'object' && value !== null ? [`${key}[]`, JSON.stringify(value)] : [key, value],
      );
      const object = {
        kind,
        name,
        ...(of !== undefined && { of }),
        properties: JSON.stringify(Object.fromEntries(texts)),
      };
      return [keyOf(object), object];
    }),
  );
}

const said = (before: readonly Row[], after: readonly Row[]) =>
  compareSnapshots(snapshotOf(...before), snapshotOf(...after)).map(describeDifference);

const TABLE = 'table public.t';
const table = (...columns: string[]): Row => [
  'table',
  'public.t',
  undefined,
  { 'order of columns': columns },
];
const column = (name: string, properties: Properties = {}): Row => [
  'column',
  name,
  TABLE,
  { type: 'integer', ...properties },
];

describe('two snapshots', () => {
  test('that are equal have no difference, in whatever order', () => {
    const rows = [table('a', 'b'), column('a'), column('b')];
    expect(said(rows, rows.toReversed())).toEqual([]);
  });

  test('are compared by name, a whole before its parts', () => {
    const before: Row[] = [
      ['view', 'public.v', undefined, {}],
      column('b', { default: '0' }),
      table('a', 'b'),
      column('a'),
    ];
    const after: Row[] = [
      table('a', 'b'),
      ['index', 'public.i', TABLE, { definition: 'CREATE INDEX i ON public.t USING btree (a)' }],
      column('a', { type: 'bigint' }),
      ['table', 'public.s', undefined, {}],
      column('b'),
    ];
    expect(said(before, after)).toEqual([
      'table public.s is new',
      'column public.t.a: integer -> bigint',
      'column public.t.b lost its default: 0',
      'table public.t has a new index public.i: CREATE INDEX i ON public.t USING btree (a)',
      'view public.v is gone',
    ]);
  });

  test('of which one lost a table do not speak of all that it had', () => {
    const parts: Row[] = [
      column('a'),
      ['primary key', 't_pkey', TABLE, { definition: 'PRIMARY KEY (a)' }],
      ['index', 'public.t_pkey', TABLE, { definition: 'CREATE UNIQUE INDEX ...' }],
    ];
    expect(said([table('a'), ...parts], [])).toEqual(['table public.t is gone']);
    expect(said([], [table('a'), ...parts])).toEqual(['table public.t is new']);
  });

  test('speak of an order of columns where those that stayed have another', () => {
    expect(said([table('a', 'b')], [table('a')])).toEqual([]);
    expect(said([table('a', 'b', 'c')], [table('c', 'x', 'a')])).toEqual([
      'table public.t: order of columns a, c -> c, a',
    ]);
  });

  test('speak of a constraint, not of its index as well, unless that is all', () => {
    const key: Row = ['primary key', '"T"', TABLE, { definition: 'PRIMARY KEY (a)' }];
    const index: Row = ['index', 'public."T"', TABLE, { definition: 'CREATE UNIQUE INDEX "T"' }];
    const odd: Row = ['index', '"my.schema"."T"', TABLE, { definition: 'CREATE UNIQUE INDEX "T"' }];
    expect(said([table('a'), key, index], [table('a')])).toEqual([
      'table public.t lost its primary key "T": PRIMARY KEY (a)',
    ]);
    expect(said([table('a'), key, odd], [table('a')])).toHaveLength(1);
    expect(said([table('a'), index], [table('a')])).toEqual([
      'table public.t lost its index public."T": CREATE UNIQUE INDEX "T"',
    ]);
    // One that comes while the other goes is none of its.
    expect(said([table('a'), key], [table('a'), index])).toHaveLength(2);
  });

  test('speak of a column that may not be null, and of a constraint that says more or other', () => {
    const not = (definition: string): Row => ['not-null constraint', 't_a', TABLE, { definition }];
    const before = [table('a'), column('a')];
    const after = [table('a'), column('a', { 'not null': 'true' })];
    expect(said(before, [...after, not('NOT NULL a')])).toEqual(['column public.t.a is now not null']);
    expect(said(before, [...after, not('NOT NULL a NOT VALID')])).toEqual([
      'column public.t.a is now not null',
      'table public.t has a new not-null constraint t_a: NOT NULL a NOT VALID',
    ]);
    expect(said(after, [...after, not('NOT NULL a')])).toHaveLength(1);
    expect(said([...after, not('NOT NULL a')], before)).toEqual(['column public.t.a is no longer not null']);
  });

  test('speak of a parent, not of each column that came from it; and of what else became of one', () => {
    const child = (...parents: string[]): Row => ['table', 'public.t', undefined, { parents }];
    expect(
      said(
        [child('public.p'), column('a', { inheritance: 'from 1' }), column('b', { inheritance: 'from 1' })],
        [child('public.q'), column('a'), column('b', { type: 'bigint' })],
      ),
    ).toEqual([
      'table public.t: parents without public.p, with public.q',
      'column public.t.b: integer -> bigint',
    ]);
    expect(said([child(), column('a', { inheritance: 'from 1' })], [child(), column('a')])).toEqual([
      'column public.t.a lost its inheritance: from 1',
    ]);
  });

  test('tell a kind by its name: a constraint that became another one is gone, and new', () => {
    expect(
      said(
        [table('a'), ['primary key', 'k', TABLE, { definition: 'PRIMARY KEY (a)' }]],
        [table('a'), ['unique constraint', 'k', TABLE, { definition: 'UNIQUE (a)' }]],
      ),
    ).toEqual([
      'table public.t lost its primary key k: PRIMARY KEY (a)',
      'table public.t has a new unique constraint k: UNIQUE (a)',
    ]);
  });
});

describe('a difference is said', () => {
  const on = (property: string, before?: Difference['before'], after?: Difference['before']): Difference => ({
    kind: 'table',
    name: 'public.t',
    property,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  });
  const long = (end: string) => `select ${'a, '.repeat(60)}${end}`;

  test.each<[string, Difference, string]>([
    ['a yes', on('unlogged', undefined, 'true'), 'table public.t is now unlogged'],
    ['a no', on('unlogged', 'true'), 'table public.t is no longer unlogged'],
    [
      'a list',
      on('options', ['a=1', 'b=2'], ['b=3', 'a=1']),
      'table public.t: options without b=2, with b=3',
    ],
    ['an order', on('labels', ['a', 'b'], ['b', 'a']), 'table public.t: labels a, b -> b, a'],
    ['nothing left', on('definition', 'select 1', ''), 'table public.t: select 1 -> (empty)'],
    [
      'lines, from the first that differs',
      on('body', 'begin\n  a;\nend', 'begin\n  b;\nend'),
      'table public.t: body differs from line 2: a; -> b;',
    ],
    [
      'lines that were added',
      on('body', 'a\nb', 'a\nb\nc'),
      'table public.t: body differs from line 3: (nothing) -> c',
    ],
    [
      'blanks at the end of a line',
      on('body', 'begin \nend', 'begin\nend'),
      'table public.t: body differs from line 1 in its blanks: begin -> begin',
    ],
    [
      'a long line, around what differs',
      on('definition', long('x'), long('y')),
      `table public.t: differs: ...${long('x').slice(-100)} -> ...${long('y').slice(-100)}`,
    ],
    [
      'a long text that is new, cut',
      on('comment', undefined, 'word '.repeat(50)),
      `table public.t has a new comment: ${'word '.repeat(20)}...`,
    ],
    [
      'privileges by what each role has',
      on('privileges', ['app=arw/owner', '=r/owner'], ['app=r*/owner', '=r/owner', '"a b"=X/owner']),
      'app no longer has INSERT, SELECT, UPDATE; app now has SELECT (and may grant it); "a b" now has EXECUTE on table public.t',
    ],
    [
      'that others granted it',
      on('privileges', ['app=r/a'], ['app=r/b']),
      'other roles grant what is granted on table public.t',
    ],
    [
      'that nobody has any',
      on('privileges', undefined, []),
      'privileges on table public.t: as they are by default -> nobody',
    ],
    [
      'what would act on a terminal, without acting',
      { kind: 'table', name: 'public."\u001b[31m"', before: '' },
      'table public."␛[31m" is gone',
    ],
    [
      'names with more lines, in one',
      { kind: 'column', name: '"a\nb"', of: 'table public."t\nis gone"', after: 'integer' },
      'table public."t␊is gone" has a new column "a␊b": integer',
    ],
  ])('%s', (_, difference, sentence) => {
    expect(describeDifference(difference)).toBe(sentence);
  });
});

test('a property is a text or a list, and not there where the server said nothing', () => {
  const properties = '{"type" : "integer", "default" : null, "options[]" : "[\\"a=1\\",\\"b\\"]"}';
  expect([...readProperties({ properties })]).toEqual([
    ['type', 'integer'],
    ['options', ['a=1', 'b']],
  ]);
});
