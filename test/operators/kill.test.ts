import { expect, test } from 'vitest';
import { CHANGES, killChanges } from '../support/operator-change-kills.ts';
import { killCreates } from '../support/operator-kills.ts';
import { killUps } from '../support/operator-up-kills.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('killed at any moment, a run leaves the old file or the new one', { timeout: 60_000 }, async () => {
  const { old, whole } = await killCreates(temporaryFolder(), 3, { bundles: 5 });
  expect(old + whole).toBe(3);
  expect(old).toBeGreaterThan(0);
});

test('killed at any moment, an up leaves the file whole, at one version', { timeout: 60_000 }, async () => {
  const { old, between, newest } = await killUps(temporaryFolder(), 3, { bundles: 5, first: 11 });
  expect(old + between + newest).toBe(3);
});

// bench/operator-kills.ts does it hundreds of times, at moments spread over the whole run, and for an export to a file as well.
test.each(CHANGES.filter((change) => change !== 'export to a file'))(
  'killed in the middle, %s leaves all as it was, or all done',
  async (change) => {
    const { old, whole } = await killChanges(temporaryFolder(), change, 1, { bundles: 10 });
    expect(old + whole).toBe(1);
  },
);
