import { expect, test } from 'vitest';
import { version } from '../../lib/contract.ts';
import packageJson from '../../package.json' with { type: 'json' };

test('the version is the one of the package', () => {
  expect(version).toBe(packageJson.version);
});
