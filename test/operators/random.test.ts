import fc from 'fast-check';
import { expect, test } from 'vitest';
import { migrateOperators } from '../../lib/operators/migrate.ts';
import { repairOperators } from '../../lib/operators/repair.ts';
import { contentOf, emptyRegistryFile, inDatabase } from '../support/operators.ts';

/*
 * Registries that no loader would make: rows that refer to nothing or to the wrong version, csvs that are no JSON or of another shape, NULL and
 * "" anywhere. Whatever is in a file has to come back from any older version, and a second repair has nothing to do.
 */
type Value = string | number | null | Uint8Array;

const bytes = (text: string) => new TextEncoder().encode(text);
const names = ['cup', 'kettle.v1', "o'brien", 'ü', ''];
const one = (...values: readonly Value[]) => fc.constantFrom(...values);

const csvs: readonly ((name: string) => Value)[] = [
  () => null,
  (name) => `no JSON of ${name}`,
  (name) => bytes(`["${name}"]`),
  (name) => bytes(`{"spec":5,"of":"${name}"}`),
  (name) =>
    bytes(
      `{"metadata":{"name":"${name}"},"spec":{"version":"1.0","replaces":"x","skips":["y"],"relatedImages":[{"image":"i:1"},{"image":5},7],"install":{"strategy":"deployment","spec":{"deployments":[{"spec":{"template":{"spec":{"containers":{"image":"q"}}}}},3]}},"customresourcedefinitions":{"required":[{"name":"a.b","version":"v","kind":"K"},{"name":3},{"name":"x."},null]}}}`,
    ),
];

const bundle = (name: string) =>
  fc.tuple(
    fc.constant(name),
    fc.nat(csvs.length - 1).map((index) => csvs[index]?.(name) ?? null),
    one(null, '', 'x', bytes('{"kind":"CustomResourceDefinition"}\n')),
    one(null, '', 'path'),
    one(null, '', '>1'),
    one(null, '', '1.0'),
    ...[one(null, '', 'cup'), one(null, '', 'a,b'), one(null, 'cup')],
  );
const owner = [one(...names, 'gone', null), one(null, '', '1.0', '2.0'), one(null, '', 'path')] as const;
const api = one('v1', 'v2').chain((version) =>
  fc.tuple(one('g.example', null), fc.constant(version), one('K', 'L')),
);
const valued = fc.tuple(
  one('olm.gvk', 'olm.package', 'olm.deprecated', 'x', null),
  one(
    ...[null, '', '[]', '{"a":1}', '{"packageName":"p","version":""}', bytes('\u0001')],
    ...[bytes('{"group":"g","kind":"K","type":"olm.gvk","version":"v"}')],
  ),
  ...owner,
);
const rows = <T>(row: fc.Arbitrary<T>) => fc.array(row, { maxLength: 6 });
const using = fc.tuple(api, ...owner).map(([key, ...rest]) => [...key, ...rest]);

const registry = fc.record({
  operatorbundle: fc.tuple(...names.map(bundle)).chain((all) => fc.subarray(all)),
  package: fc.subarray([
    ['p', 'alpha'],
    ['lonely', null],
  ]),
  channel: fc.subarray([
    ['alpha', 'p', 'cup'],
    ['beta', 'p', 'gone'],
    ['alpha', 'unknown', null],
  ]),
  channel_entry: rows(
    fc.tuple(one('alpha', 'beta'), one('p', 'unknown'), one(...names, 'gone'), one(null, 1, 2), fc.nat(3)),
  ).map((all) => all.map((row, index) => [index * 2 + 1, ...row])),
  api: fc.subarray([
    ['g.example', 'v1', 'K', 'ks'],
    ['g.example', 'v2', 'L', 'ls'],
  ]),
  api_provider: rows(using),
  api_requirer: rows(using),
  related_image: rows(fc.tuple(one('i', 'j', null), one(...names, 'gone', null))),
  dependencies: rows(valued),
  properties: rows(valued),
  deprecated: fc.subarray([['cup'], ['gone'], [null]]),
});

test('what is in a file, whatever it is, comes back from every older version, and is repaired once', async () => {
  await fc.assert(
    fc.asyncProperty(registry, fc.array(fc.nat(13), { minLength: 1, maxLength: 3 }), async (tables, ways) => {
      const file = emptyRegistryFile();
      inDatabase(file, (database) => {
        database.exec('PRAGMA foreign_keys = OFF');
        for (const [table, all] of Object.entries(tables)) {
          for (const row of all as readonly (readonly Value[])[])
            database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
        }
      });
      const before = contentOf(file);
      for (const to of [...ways, 13]) await migrateOperators(file, { to });
      expect(contentOf(file)).toEqual(before);
      await repairOperators(file, { write: true });
      expect(await repairOperators(file, { write: true })).toMatchObject({
        status: 'nothing-to-do',
        tables: [],
      });
    }),
    { seed: 13, numRuns: 20 },
  );
});
