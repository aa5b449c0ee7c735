import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { folderInMemory } from './lib/local/memory.ts';

/** They load CDK, which takes seconds, keep nothing between them, and need no server: one worker runs many of these files. */
const sharing = ['test/{infra,unit,architecture,operators,sqlite}/**/*.test.ts'];
/** They keep nothing between them either, but need the server: what is loaded for one is there for the next. */
const sharingServer = ['test/{db,cases,cli,import}/**/*.test.ts'];
/** They only read what is built once for the run, and most of them load CDK. */
const sharingBuild = ['test/bundle/**/*.test.ts'];
const server = 'test/support/global-setup.ts';
const build = 'test/support/build-once.ts';
/** For whatever a test, or a program that it starts, writes into the folder for temporary files. */
const memory = folderInMemory();
const env: Record<string, string> = memory ? { TMPDIR: memory } : {};
// They deploy, see vitest.aws.config.ts.
const deploying = 'test/aws/**';

export default defineConfig({
  test: {
    // One more than vitest would take on two cores: a test waits for Postgres half of its time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env,
    setupFiles: ['test/support/end-of-file.ts'],
    projects: [
      // Projects run in the order of their names: last the one whose files are short, so that no worker waits long for another at the end.
      { extends: true, test: { name: 'sharing no server', include: sharing, isolate: false } },
      {
        extends: true,
        test: {
          name: 'sharing a server',
          globalSetup: [server],
          include: sharingServer,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'sharing a build',
          // CDK's own check of templates takes seconds for each file. test/infra has it, of the same stacks; here they are only read.
          env: { ...env, CDK_VALIDATION: 'false' },
          globalSetup: [server, build],
          include: sharingBuild,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          globalSetup: [server, build],
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, deploying, ...sharing, ...sharingServer, ...sharingBuild],
        },
      },
    ],
  },
});
