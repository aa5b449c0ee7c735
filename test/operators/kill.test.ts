import { expect, test } from 'vitest';
import { killCreates } from '../support/operator-kills.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('killed at any moment, a run leaves the old file or the new one', { timeout: 60_000 }, async () => {
  const { old, whole } = await killCreates(temporaryFolder(), 3, { bundles: 5 });
  expect(old + whole).toBe(3);
  expect(old).toBeGreaterThan(0);
});
