import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addOperators } from '../../lib/operators/change/add.ts';
import { deprecateOperators } from '../../lib/operators/change/deprecate.ts';
import { rmOperators } from '../../lib/operators/change/rm.ts';
import { bundlesOf, type NewBundleText, registryBeside, sourcesOf } from '../support/operator-bundles.ts';
import { crdOf, rowsIn } from '../support/operator-trees.ts';
import { contentOf } from '../support/operators.ts';

type Step =
  | {
      readonly verb: 'add';
      readonly bundles: readonly string[];
      readonly mode: 'replaces' | 'semver' | 'semver-skippatch';
    }
  | { readonly verb: 'rm'; readonly name: string; readonly keep: boolean }
  | { readonly verb: 'deprecate'; readonly bundle: string };

const packages = ['a', 'b', 'c'];
/** Of each package a chain of four, some with a definition that others have too, some that require it, some that skip. */
const texts: Record<string, NewBundleText> = Object.fromEntries(
  packages.flatMap((name) =>
    [1, 2, 3, 4].map((number): [string, NewBundleText] => [
      `${name}.w${number}`,
      {
        version: `${number > 2 ? 8 : 7}.${number}.0`,
        package: name,
        channels: number % 2 === 0 ? 'stable' : 'stable,beta',
        default: 'stable',
        ...(number > 1 && { replaces: `${name}.w${number - 1}` }),
        ...(number === 3 && { skips: [`${name}.w1`] }),
        ...(number === 2 &&
          name === 'c' && {
            spec: ['customresourcedefinitions: {required: [{name: foos.x.io, version: v1, kind: Foo}]}'],
          }),
        ...(number > 2 && { files: { 'manifests/f.yaml': crdOf('foos', 'x.io', 'v1', 'Foo') } }),
      },
    ]),
  ),
);
const bundles = Object.keys(texts);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('add' as const),
      bundles: fc.oneof(
        fc
          .tuple(fc.constantFrom(...packages), fc.integer({ min: 1, max: 4 }))
          .map(([name, to]) => bundles.filter((one) => one.startsWith(`${name}.`)).slice(0, to)),
        fc.uniqueArray(fc.constantFrom(...bundles), { minLength: 1, maxLength: 3 }),
      ),
      mode: fc.constantFrom('replaces' as const, 'semver' as const, 'semver-skippatch' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('rm' as const),
      name: fc.constantFrom(...packages),
      keep: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('deprecate' as const),
      bundle: fc.constantFrom(...bundles, 'a.v1'),
    }),
  },
);

/** What has to hold in every registry, each as a query for what is wrong. */
const WRONG: Readonly<Record<string, string>> = {
  'entries that no head reaches': `
    WITH RECURSIVE reached (id) AS (
      SELECT entry_id FROM channel_entry AS entry JOIN channel ON channel.name = channel_name AND channel.package_name = entry.package_name
      WHERE operatorbundle_name = head_operatorbundle_name
      UNION
      SELECT other.entry_id FROM reached JOIN channel_entry AS one ON one.entry_id = reached.id
      JOIN channel_entry AS next ON next.entry_id = one.replaces
      JOIN channel_entry AS other ON other.operatorbundle_name = next.operatorbundle_name
        AND other.channel_name = next.channel_name AND other.package_name = next.package_name
    ) SELECT * FROM channel_entry WHERE entry_id NOT IN (SELECT id FROM reached)`,
  'entries of chains without a bundle': `
    SELECT * FROM channel_entry WHERE operatorbundle_name NOT IN (SELECT name FROM operatorbundle)`,
  'channels without an entry': `
    SELECT * FROM channel WHERE NOT EXISTS (
      SELECT 1 FROM channel_entry WHERE channel_name = name AND channel_entry.package_name = channel.package_name)`,
  'packages without their default channel': `
    SELECT * FROM package WHERE NOT EXISTS (SELECT 1 FROM channel WHERE package_name = package.name AND channel.name = default_channel)`,
  'APIs that nobody has': `
    SELECT group_name, version, kind FROM api EXCEPT SELECT group_name, version, kind FROM api_provider
    EXCEPT SELECT group_name, version, kind FROM api_requirer`,
  'APIs that are missing': `
    SELECT group_name, version, kind FROM (SELECT * FROM api_provider UNION ALL SELECT * FROM api_requirer)
    EXCEPT SELECT group_name, version, kind FROM api`,
  ...Object.fromEntries(
    ['properties', 'dependencies', 'related_image', 'api_provider', 'api_requirer'].map((table) => [
      `rows of ${table} without a bundle`,
      `SELECT * FROM ${table} WHERE operatorbundle_name NOT IN (SELECT name FROM operatorbundle)`,
    ]),
  ),
  'rows that refer to nothing': 'PRAGMA foreign_key_check',
};

function wrongIn(file: string): Record<string, readonly unknown[]> {
  const found = Object.entries(WRONG).map(([what, sql]) => [what, rowsIn(file, sql)] as const);
  return Object.fromEntries(found.filter(([, rows]) => rows.length > 0));
}

test('whatever is added, removed and deprecated, the graph stays whole; what fails changes nothing', async () => {
  const root = bundlesOf(texts);
  const done = { changed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const file = await registryBeside(root, undefined, true);
      for (const one of steps) {
        const before = contentOf(file);
        const isDone = await run(file, root, one);
        done[isDone ? 'changed' : 'refused']++;
        if (!isDone) expect(contentOf(file)).toEqual(before);
        expect(wrongIn(file)).toEqual({});
      }
    }),
    { numRuns: 25, seed: 20261128 },
  );
  expect(Math.min(done.changed, done.refused)).toBeGreaterThan(5);
});

/** @returns whether it was done */
async function run(file: string, root: string, one: Step): Promise<boolean> {
  const known = ['unknown-package', 'unknown-bundle', 'default-channel-head'];
  try {
    if (one.verb === 'add') {
      const { status } = await addOperators(file, sourcesOf(one.bundles), {
        root,
        mode: one.mode,
        write: true,
      });
      return status === 'changed';
    }
    if (one.verb === 'rm') await rmOperators(file, [one.name], { keep: one.keep, write: true });
    else await deprecateOperators(file, [one.bundle], { write: true });
    return true;
  } catch (error) {
    if (known.includes((error as { code: string }).code)) return false;
    throw error;
  }
}
