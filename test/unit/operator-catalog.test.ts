import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import type { Value } from '../../lib/operators/manifests/value.ts';
import { checkPackage } from '../../lib/operators/read/check-graph.ts';
import type { GraphEntry } from '../../lib/operators/read/graph.ts';
import { layOutJson, layOutYaml } from '../../lib/operators/read/json-layout.ts';

const values: readonly Value[] = [
  {
    a: 'yes',
    no: '1.0',
    '~': null,
    '': '',
    'x y': 'a: b # c',
    z: [[], {}, [1, [2]], { q: [{ r: 'null' }] }],
  },
  [
    { a: 1, b: [true, 'true'] },
    'line\nend\ttab "quote" \\ \u2028 \u0085 \u{1f600}',
    -0.5,
    1e21,
    '0644',
    '2001-01-01',
    '<<',
  ],
  { nested: { deeper: { list: [{ one: { two: 'y' } }] } }, on: 'off', '- x': '- y' },
];

test('what is laid out is what it was, in JSON and in YAML', () => {
  for (const value of values) {
    expect(JSON.parse(layOutJson(JSON.stringify(value)))).toEqual(value);
    expect(yaml.load(layOutYaml(value))).toEqual(value);
  }
});

test('JSON has four blanks to a level, nothing in what is empty, and digits as they were', () => {
  expect(layOutJson('{"a":[],"b":{},"c":[1.0,9007199254740993],"d":"{[,:"}')).toBe(`{
    "a": [],
    "b": {},
    "c": [
        1.0,
        9007199254740993
    ],
    "d": "{[,:"
}
`);
});

/** `c>b` replaces, `c!b` skips. */
function faults(...links: readonly string[]): readonly string[] {
  const entries = new Map<string, GraphEntry>();
  const entry = (name: string, more: Partial<GraphEntry> = {}) => {
    const before = entries.get(name) ?? {
      name,
      version: '1.0.0',
      skips: [],
      isDeprecated: false,
      isBundle: true,
    };
    entries.set(name, { ...before, ...more });
  };
  for (const link of links) {
    const [name = '', other] = link.split(/[>!]/);
    if (other === undefined) entry(name);
    else if (link.includes('>')) entry(name, { replaces: other });
    else entry(name, { skips: [...(entries.get(name)?.skips ?? []), other] });
  }
  const channel = { packageName: 'p', name: 'c', head: '', isDefault: true, entries: [...entries.values()] };
  return checkPackage({ name: 'p', defaultChannel: 'c' }, [channel]).map(({ code, bundles }) =>
    `${code} ${bundles.join(' ')}`.trim(),
  );
}

test('a channel has one head, from which its chain reaches what is not skipped', () => {
  expect(faults('c>b', 'b>a', 'a')).toEqual([]);
  expect(faults('c>b', 'b>gone')).toEqual([]);
  expect(faults('c>a', 'c!b', 'b>a', 'a')).toEqual([]);
  expect(faults()).toEqual(['catalog-channel-heads']);
  expect(faults('c', 'b')).toEqual(['catalog-channel-heads c b']);
  expect(faults('a>a')).toEqual(['catalog-cycle a a']);
  expect(faults('c>b', 'b>a', 'a>b')).toEqual(['catalog-cycle b a b']);
  expect(faults('c!b', 'b>a', 'a')).toEqual(['catalog-stranded a']);
  expect(faults('a!b', 'b!a')).toEqual(['catalog-channel-heads']);
});
