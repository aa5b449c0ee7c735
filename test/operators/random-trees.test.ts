import { existsSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOperators } from '../../lib/operators/create.ts';
import { csvOf, packageOf, rowsIn, treeOf } from '../support/operator-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Bundle {
  readonly replaces: string | undefined;
  readonly skips: readonly string[];
}

/** Names that exist, some that do not, and bundles that know each other by chance: chains, cycles, gaps. */
const names = ['a.v0', 'a.v1', 'a.v2', 'a.v3', 'a.v4', 'a.v5'];
const anyName = fc.constantFrom(...names);
const bundle: fc.Arbitrary<Bundle> = fc.record({
  replaces: fc.option(anyName, { nil: undefined, freq: 3 }),
  skips: fc.uniqueArray(anyName, { maxLength: 2 }),
});
const wild = fc.record({
  bundles: fc
    .uniqueArray(anyName, { maxLength: 6 })
    .chain((some) =>
      fc
        .tuple(...some.map((name) => bundle.map((one) => [name, one] as const)))
        .map((all) => new Map<string, Bundle>(all)),
    ),
  channels: fc.uniqueArray(fc.tuple(fc.constantFrom('stable', 'beta', 'alpha'), anyName), {
    maxLength: 3,
    selector: ([name]) => name,
  }),
  defaultChannel: fc.option(fc.constantFrom('stable', 'beta', 'alpha'), { nil: undefined }),
});

/** As publishers mean it: each replaces an older one or none, heads are there, one channel is the default. */
const meant = fc
  .record({
    bundles: fc.array(fc.record({ older: fc.nat(5), skips: fc.uniqueArray(anyName, { maxLength: 2 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    heads: fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }),
  })
  .map(({ bundles, heads }) => ({
    bundles: new Map(
      bundles.map(({ older, skips }, index): [string, Bundle] => [
        `a.v${index}`,
        { replaces: older < index ? `a.v${older}` : undefined, skips },
      ]),
    ),
    channels: heads.map((head, index): [string, string] => [
      ['stable', 'beta', 'alpha'][index] ?? '',
      `a.v${head % bundles.length}`,
    ]),
    defaultChannel: 'stable',
  }));
const tree = fc.oneof(wild, meant);

/** What is reached from a head, told apart from the loader: the chain, or why there is none. */
function chainOf(
  bundles: ReadonlyMap<string, Bundle>,
  head: string,
): readonly string[] | 'channel-head-missing' | 'replaces-missing' | 'replaces-cycle' {
  if (!bundles.has(head)) return 'channel-head-missing';
  const chain = [head];
  for (;;) {
    const next = bundles.get(chain.at(-1) ?? '')?.replaces;
    if (next === undefined) return chain;
    if (chain.includes(next)) return 'replaces-cycle';
    if (!bundles.has(next)) return 'replaces-missing';
    chain.push(next);
  }
}

test('of any tree the graph is what its channels reach, or every fault has its place and nothing is written', async () => {
  let created = 0;
  await fc.assert(
    fc.asyncProperty(tree, async ({ bundles, channels, defaultChannel }) => {
      const files = {
        'a.yaml': packageOf('a', Object.fromEntries(channels), defaultChannel),
        ...Object.fromEntries(
          [...bundles].map(([name, { replaces, skips }]) => [
            `${name}/csv.yaml`,
            csvOf(name, { ...(replaces && { replaces }), skips }),
          ]),
        ),
      };
      const file = path.join(temporaryFolder(), 'index.db');
      const { status, findings } = await createOperators(treeOf(files), file, { shownAs: '.' });
      const chains = channels.map(([channel, head]) => ({ channel, chain: chainOf(bundles, head) }));
      const hasDefault = channels.length === 1 || channels.some(([name]) => name === defaultChannel);
      const expected = [
        ...chains.map(({ chain }) => chain).filter((chain) => typeof chain === 'string'),
        ...(hasDefault ? [] : ['no-default-channel']),
      ];
      const errors = findings.filter(({ level }) => level === 'error');
      expect(errors.map(({ code }) => code).sort()).toEqual(expected.sort());
      for (const { location } of findings) {
        const text = Object.entries(files).find(([name]) => name === location?.file)?.[1] ?? '';
        expect(text.split('\n').length).toBeGreaterThanOrEqual(location?.line ?? Infinity);
      }
      expect(status).toBe(expected.length > 0 ? 'failed' : 'created');
      expect(existsSync(file)).toBe(expected.length === 0);
      if (status !== 'created') return;
      created++;
      assertGraph(file, bundles, chains);
    }),
    { numRuns: 80, seed: 20261128 },
  );
  // Enough of both kinds were drawn.
  expect(created).toBeGreaterThan(10);
  expect(created).toBeLessThan(70);
});

function assertGraph(
  file: string,
  bundles: ReadonlyMap<string, Bundle>,
  chains: readonly { channel: string; chain: readonly string[] | string }[],
): void {
  for (const { channel, chain } of chains) {
    if (typeof chain === 'string') throw new Error(chain);
    const entries = rowsIn(
      file,
      `SELECT e.operatorbundle_name, e.depth, r.operatorbundle_name AS replaced FROM channel_entry e LEFT JOIN channel_entry r ON r.entry_id = e.replaces
      WHERE e.channel_name = '${channel}'`,
    ) as [string, number, string | null][];
    const skipped = chain.flatMap((name) => bundles.get(name)?.skips ?? []);
    // Everything that is reached, and nothing else.
    expect(new Set(entries.map(([name]) => name))).toEqual(new Set([...chain, ...skipped]));
    // One entry for each of the chain, two for each that is skipped.
    expect(entries).toHaveLength(chain.length + 2 * skipped.length);
    // Along the chain depths rise, by one and by one more for each that is skipped on the way.
    let depth = 0;
    for (const [index, name] of chain.entries()) {
      const next = chain[index + 1] ?? null;
      expect(entries).toContainEqual([name, depth, next]);
      const skips = bundles.get(name)?.skips ?? [];
      const from = index === 0 ? 1 : depth + 1;
      for (const [place, skip] of skips.entries()) {
        expect(entries).toContainEqual([skip, from + place, null]);
        expect(entries).toContainEqual([name, from + place, skip]);
      }
      depth = from + skips.length;
    }
  }
  expect(rowsIn(file, 'PRAGMA foreign_key_check')).toEqual([]);
}
