import { expect, test } from 'vitest';
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
