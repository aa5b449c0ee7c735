import { defineConfig } from 'vitest/config';

/** `npm run test:aws`: real deploys, one after the other. Apart from `npm test`, because they take minutes and need Python. */
export default defineConfig({
  test: {
    include: ['test/aws/**/*.test.ts'],
    globalSetup: ['test/support/aws-global-setup.ts', 'test/support/build-once.ts'],
    setupFiles: ['test/support/end-of-file.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // Each step builds on the one before it.
    bail: 1,
    fileParallelism: false,
  },
});
