import { expect, test } from 'vitest';
import { addOperators, type OperatorsAddOptions } from '../../lib/operators/change/add.ts';
import { type Standing, standIn } from '../../lib/operators/change/substitutes.ts';
import { bundlesOf, type NewBundleText, registryBeside, sourcesOf } from '../support/operator-bundles.ts';
import { csvOf, packageOf, rowsIn } from '../support/operator-trees.ts';

const one = (version: string, more: Partial<Standing> = {}): Standing => ({
  ...{ version, replaces: '', skips: [], substitutesFor: '' },
  ...more,
});
/** What comes of bundles that are added one after the other. */
function after(bundles: Readonly<Record<string, Standing>>) {
  const all = new Map<string, Standing>();
  for (const [name, standing] of Object.entries(bundles)) {
    all.set(name, standing);
    const why = standIn(all, name);
    if (why !== undefined) return why;
  }
  return Object.fromEntries(
    [...all].map(([name, { replaces, skips, substitutesFor }]) => [
      name,
      [replaces, skips.join(), substitutesFor],
    ]),
  );
}

test('who replaced or skipped a bundle does so with the one that stands in for it, which skips it', () => {
  expect(
    after({
      a: one('1.0.0'),
      b: one('1.1.0', { replaces: 'a' }),
      c: one('1.2.0', { replaces: 'b', skips: ['a'] }),
      'a-r': one('1.0.0+1', { substitutesFor: 'a' }),
    }),
  ).toEqual({
    a: ['', '', ''],
    b: ['a-r', '', ''],
    c: ['b', 'a,a-r', ''],
    'a-r': ['', 'a', 'a'],
  });
});

test('of several that stand in for the same the highest build is replaced, in whatever order they come', () => {
  const [a, b] = [one('1.0.0'), one('1.1.0', { replaces: 'a' })];
  const r = (build: number) => one(`1.0.0+${build}`, { substitutesFor: 'a' });
  const expected = {
    a: ['', '', ''],
    b: ['a-3', '', ''],
    'a-1': ['', 'a', 'a'],
    'a-2': ['', expect.any(String), 'a-1'],
    'a-3': ['', expect.any(String), 'a-2'],
  };
  for (const order of [
    ['a-1', 'a-2', 'a-3'],
    ['a-3', 'a-1', 'a-2'],
    ['a-2', 'a-3', 'a-1'],
    ['a-3', 'a-2', 'a-1'],
  ]) {
    const some = Object.fromEntries(order.map((name) => [name, r(Number(name.at(-1)))]));
    const found = after({ a: { ...a }, b: { ...b }, ...some });
    expect(found, order.join()).toEqual(expected);
    const skips = (name: string) => (found as Record<string, string[]>)[name]?.[1]?.split(',').sort().join();
    expect([skips('a-2'), skips('a-3')], order.join()).toEqual(['a,a-1', 'a,a-1,a-2']);
  }
  // By its number, and not by its letters.
  expect(after({ a, 'a-9': r(9), 'a-10': r(10) })).toMatchObject({ 'a-10': ['', 'a-9,a', 'a-9'] });
});

test('one that comes before what it stands in for takes over the skips of that, and who comes later replaces it', () => {
  expect(
    after({
      'a-r': one('1.0.0+1', { substitutesFor: 'a' }),
      a: one('1.0.0', { skips: ['old'], replaces: 'zero' }),
      b: one('1.1.0', { replaces: 'a', skips: ['a'] }),
    }),
  ).toEqual({
    'a-r': ['', 'a,old', 'a'],
    a: ['zero', 'old', ''],
    b: ['a-r', 'a,a-r', ''],
  });
});

test('equal versions, circles and what is no version are refused', () => {
  const r = (version: string, substitutesFor: string) => one(version, { substitutesFor });
  expect(after({ x: r('1.0.0+1', 'a'), y: r('1.0.0+1', 'a') })).toBe(
    'stands in for "a" as "x" does, and both are of version "1.0.0+1"',
  );
  expect(after({ x: r('1.0.0+1', 'x') })).toBe('stands in for itself');
  expect(after({ x: r('1.0.0+1', 'y'), y: r('1.0.0+2', 'x') })).toBe(
    'stands in for "x", which stands in for it, in a circle',
  );
  expect(after({ x: r('1.0.0+1', 'a'), y: r('one', 'a') })).toBe(
    'stands in for "a", as "x" does, and its version "one" is no semantic version',
  );
});

const chain = {
  'a.package.yaml': packageOf('a', { stable: 'a.v2' }),
  '1/a.yaml': csvOf('a.v1', { version: '1.0.0' }),
  '2/a.yaml': csvOf('a.v2', { version: '2.0.0', replaces: 'a.v1' }),
};
const standIns = (name: string, of: string, version: string, more: Partial<NewBundleText> = {}) => ({
  [name]: {
    ...{ channels: 'stable', version },
    metadata: ['annotations:', `  olm.substitutesFor: ${of}`],
    ...more,
  },
});
async function add(bundles: Record<string, NewBundleText>, options: OperatorsAddOptions) {
  const root = bundlesOf(bundles);
  const file = await registryBeside(root, chain);
  return { file, report: await addOperators(file, sourcesOf(Object.keys(bundles)), { root, ...options }) };
}
const ENTRIES = `SELECT one.operatorbundle_name AS name, other.operatorbundle_name AS replaces, one.depth FROM channel_entry one
  LEFT JOIN channel_entry other ON other.entry_id = one.replaces ORDER BY one.entry_id`;

test('in a registry the head goes on to the one that stands in for what it replaces', async () => {
  const { file, report } = await add(standIns('a.v1-r', 'a.v1', '1.0.0+1'), {
    substitutes: true,
    write: true,
  });
  expect(report.findings).toEqual([]);
  expect(report.status).toBe('changed');
  expect(rowsIn(file, 'SELECT name, replaces, skips, substitutesfor FROM operatorbundle ORDER BY 1')).toEqual(
    [
      ['a.v1', '', '', ''],
      ['a.v1-r', '', 'a.v1', 'a.v1'],
      ['a.v2', 'a.v1-r', '', ''],
    ],
  );
  expect(rowsIn(file, ENTRIES)).toEqual([
    ['a.v2', 'a.v1-r', 0],
    ['a.v1-r', null, 1],
    ['a.v1', null, 2],
    ['a.v1-r', 'a.v1', 2],
  ]);
});

test('in a registry a head has one that stands in for it as its successor', async () => {
  const more = { replaces: 'a.v1' };
  const { file } = await add(standIns('a.v2-r', 'a.v2', '2.0.0+1', more), { substitutes: true, write: true });
  expect(rowsIn(file, 'SELECT head_operatorbundle_name FROM channel')).toEqual([['a.v2-r']]);
  expect(rowsIn(file, ENTRIES).filter(([, , depth]) => depth === 0 || depth === 2)).toEqual([
    ['a.v2-r', 'a.v1', 0],
    ['a.v1', null, 2],
  ]);
});

test('without the switch it is refused, with the option, and nothing is written', async () => {
  const { file, report } = await add(standIns('a.v1-r', 'a.v1', '1.0.0+1'), { write: true });
  expect(report).toMatchObject({
    status: 'failed',
    findings: [{ code: 'substitutes-for', hint: expect.stringContaining('--substitutes-for') }],
  });
  expect(rowsIn(file, 'SELECT count(*) FROM operatorbundle')).toEqual([[2]]);
  const equal = { ...standIns('x', 'a.v1', '1.0.0+1'), ...standIns('z', 'a.v1', '1.0.0+1') };
  expect((await add(equal, { substitutes: true, write: true })).report).toMatchObject({
    status: 'failed',
    findings: [
      {
        code: 'substitutes-for',
        location: { file: 'z/manifests/a.csv.yaml', line: 6 },
        message: expect.stringMatching(/^Bundle "z" stands in for "a.v1" as "x" does, and both are/),
      },
    ],
  });
});
