import { expect, test } from 'vitest';
import { compareWithCatalog, whyNotComparable } from '../../lib/plan/catalog-drift.ts';
import {
  describeOutdated,
  type ExpectedCatalog,
  parseCatalog,
  recordCatalog,
  showCatalog,
} from '../../lib/plan/expected-catalog.ts';
import { keyOf, type SnapshotObject } from '../../lib/plan/snapshot.ts';

const file = (version: string, checksum = `of ${version}`, style: 'plain' | 'repeatable' = 'plain') => ({
  version,
  style,
  checksum,
});
const FILES = [file('001_a'), file('002_b')];
const row = (version: string, checksum = `of ${version}`) => ({ version, checksum });

function snapshotOf(objects: readonly SnapshotObject[]) {
  return new Map(objects.map((object) => [keyOf(object), object]));
}
const table = { kind: 'table', name: 'public.t', properties: '{"owner" : "postgres"}' };
const column = (properties: object): SnapshotObject => ({
  kind: 'column',
  name: 'size',
  of: 'table public.t',
  properties: JSON.stringify(properties),
});
const view = (definition: string): SnapshotObject => ({
  kind: 'view',
  name: 'public.v',
  properties: JSON.stringify({ owner: 'postgres', definition }),
});

function recorded(objects: readonly SnapshotObject[], serverVersion = '18.4'): ExpectedCatalog {
  const seen = { snapshot: snapshotOf(objects), role: 'postgres', serverVersion };
  return parseCatalog(showCatalog(recordCatalog(seen, FILES)), 'catalog.json', 'it');
}

test('what is written down reads back as it was, whatever order the server gave it in', () => {
  const database = {
    kind: 'database',
    name: '',
    properties: '{"encoding" : "UTF8", "locale" : "C", "connection limit" : null}',
  };
  const objects = [view('SELECT 1'), table, column({ type: 'integer' }), database];
  const catalog = recorded(objects);
  expect(recorded(objects.toReversed())).toEqual(catalog);
  expect(catalog.files).toEqual(FILES);
  expect(catalog.objects.map(({ kind }) => kind)).toEqual(['column', 'database', 'table', 'view']);
  // What the server has of its machine is in no file.
  expect(catalog.objects[1]?.properties).toEqual({ 'connection limit': null });
  const there = { snapshot: snapshotOf(objects), role: 'postgres', major: 18 };
  expect(compareWithCatalog(catalog, there)).toEqual({
    objects: 0,
    onlyThere: [],
    onlyInFiles: [],
    different: [],
    notCompared: [],
  });
});

test('an object counts once, however much of it differs; whoever ran the files there owns them', () => {
  const catalog = recorded([table, column({ type: 'integer', default: '0' }), view('SELECT 1')]);
  const owned = [
    { ...table, properties: '{"owner" : "migrator"}' },
    column({ type: 'bigint', default: '1' }),
    { ...table, name: 'public.by_hand', properties: '{"owner" : "me"}' },
  ];
  const drift = compareWithCatalog(catalog, { snapshot: snapshotOf(owned), role: 'migrator', major: 18 });
  expect(drift).toMatchObject({
    objects: 3,
    onlyThere: [{ name: 'public.by_hand' }],
    onlyInFiles: [{ name: 'public.v' }],
    different: [{ property: 'type' }, { property: 'default' }],
    notCompared: [],
  });
});

test('another version of Postgres writes definitions in its own words: those are left out, and that is said', () => {
  const catalog = recorded([table, column({ type: 'integer', default: '0' }), view('SELECT 1')]);
  const there = [table, column({ type: 'bigint', default: '(0)' }), view('SELECT (1)')];
  const drift = compareWithCatalog(catalog, { snapshot: snapshotOf(there), role: 'postgres', major: 16 });
  expect(drift).toMatchObject({ objects: 1, different: [{ property: 'type' }] });
  expect(drift.notCompared).toContain('how definitions and expressions are written');
});

test.each([
  ['without a ledger', undefined, 'there is no ledger, which would say what is applied'],
  ['with a file less', [row('001_a')], '002_b is not applied'],
  [
    'with files more',
    [row('001_a'), row('002_b'), row('003_c'), row('004_d')],
    '003_c and 004_d are applied, and not among the files of this deploy',
  ],
  ['with the same', [row('001_a'), row('002_b')], undefined],
  ['with one that was renamed since', [row('001_a'), row('2_b', 'of 002_b')], undefined],
  ['with one that was applied in another text', [row('001_a'), row('002_b', 'other')], undefined],
])('a database %s', (_, ledger, because) => {
  expect(whyNotComparable(FILES, ledger)).toBe(because);
});

test.each([
  [[file('001_a'), file('002_b'), file('003_c')], '003_c is not in it'],
  [[file('001_a', 'x'), file('002_b', 'x')], '001_a and 002_b are another text now'],
  [[file('002_b')], '001_a is in it and no file any more'],
  [
    [file('001_a', 'x'), file('003_c')],
    '003_c is not in it; 001_a is another text now; 002_b is in it and no file any more',
  ],
  [[file('002_b'), file('001_a')], 'the files are in another order now'],
  [FILES, undefined],
])('files that are not those that were written down', (files, because) => {
  expect(describeOutdated({ files: FILES }, files)).toBe(because);
});

test.each([
  ['{"format":1,', 'catalog.json is no JSON.'],
  ['null', 'catalog.json is no catalog of this version of registry-jobs.'],
  ['{"format":2}', 'catalog.json is no catalog of this version of registry-jobs.'],
  ['{"format":1,"files":{}}', 'catalog.json is no catalog of this version of registry-jobs.'],
])('%s is refused', (text, message) => {
  expect(() => parseCatalog(text, 'catalog.json', 'registry-jobs prove --catalog')).toThrow(
    expect.objectContaining({
      code: 'no-catalog',
      message,
      hint: 'Write down what the files make: registry-jobs prove --catalog',
    }),
  );
});
