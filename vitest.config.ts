import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They deploy, see vitest.aws.config.ts.
    exclude: [...configDefaults.exclude, 'test/aws/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // One more than vitest would take on two cores: a test waits for Postgres half of its time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
