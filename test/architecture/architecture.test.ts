import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations } from './check.ts';
import { mayImport, mustNotLoad } from './law.ts';

describe('the sources', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = globSync(['{bench,bin,lib,lambdas}/**/*.ts', 'environments.ts'], { cwd: root }).map((file) =>
    file.split(path.sep).join('/'),
  );
  const sources = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));

  test('follow the rules', () => {
    expect(sources.size).toBeGreaterThan(50);
    expect(findViolations(sources)).toEqual([]);
  });

  test.each([...mayImport, ...mustNotLoad].map((rule) => [rule.files]))(
    'have files that the rule for %s is about',
    (glob) => {
      expect(files.some((file) => path.matchesGlob(file, glob))).toBe(true);
    },
  );
});

describe('the check finds', () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      'a package that the file may not import',
      { 'lib/jobs/up.ts': `import pg from 'pg';` },
      ['lib/jobs/up.ts must not import pg'],
    ],
    [
      'a type of such a package',
      {
        'lib/jobs/up.ts': `import type { Client } from 'pg'; let a: import('aws-cdk-lib').Stack;`,
      },
      ['lib/jobs/up.ts must not import pg', 'lib/jobs/up.ts must not import aws-cdk-lib'],
    ],
    [
      'a way around import declarations',
      {
        'lib/engine/a.ts': `export { x } from 'pg'; await import('node:net'); await import(\`node:\${name}\`);`,
        'lib/engine/b.ts': `export * from '../cli/program.ts';`,
      },
      [
        'lib/engine/a.ts must not import pg',
        'lib/engine/a.ts must not import node:net',
        'lib/engine/a.ts must not import a computed name',
        'lib/engine/b.ts must not import lib/cli/program.ts',
        'lib/engine/b.ts only re-exports',
      ],
    ],
    [
      'a step sideways or upwards',
      {
        'lib/statistics/refresh.ts': `import '../jobs/up.ts';`,
        'lib/jobs/up.ts': `import '../infra/stack.ts';`,
        'lib/infra/stack.ts': `import type { handler } from '../../lambdas/migrate/index.ts';`,
        'lambdas/migrate/index.ts': `import '../../lib/cli/io.ts';`,
        'lib/cli/io.ts': `import '../bundle/bundle-lambdas.ts';`,
      },
      [
        'lib/statistics/refresh.ts must not import lib/jobs/up.ts',
        'lib/jobs/up.ts must not import lib/infra/stack.ts',
        'lib/infra/stack.ts must not import lambdas/migrate/index.ts',
        'lambdas/migrate/index.ts must not import lib/cli/io.ts',
        'lib/cli/io.ts must not import lib/bundle/bundle-lambdas.ts',
      ],
    ],
    [
      'what a pure module loads through another',
      {
        'lib/registry/page/render.ts': `import { a } from './middle.ts';`,
        'lib/registry/page/middle.ts': `import { b } from '../../postgres/session/open-client.ts';`,
        'lib/postgres/session/open-client.ts': `import pg from 'pg';`,
      },
      ['lib/registry/page/render.ts must not load pg: it is pure'],
    ],
    [
      'no fault in types and in what is loaded only when it is needed',
      {
        'lib/registry/page/render.ts': `import type { Connection } from '../../postgres/session/open-client.ts';`,
        'lib/postgres/session/open-client.ts': `import pg from 'pg';`,
        'lib/cli/program.ts': `import { readSource } from '../settings/source.ts';`,
        'lib/settings/source.ts': `await import('./parameter-store.ts');`,
        'lib/settings/parameter-store.ts': `import { SSMClient } from '@aws-sdk/client-ssm';`,
      },
      [],
    ],
    [
      'a cycle, also one of types',
      {
        'lib/plan/a.ts': `import { b } from './b.ts';`,
        'lib/plan/b.ts': `import type { C } from './c.ts';`,
        'lib/plan/c.ts': `import { a } from './a.ts';`,
      },
      ['lib/plan/a.ts -> lib/plan/b.ts -> lib/plan/c.ts -> lib/plan/a.ts is a cycle'],
    ],
    [
      'a barrel, whatever it is called, and an index that is no handler',
      {
        'lib/plan/all.ts': `import type { A } from './a.ts';\nexport { b } from './b.ts';\nexport * from './c.ts';`,
        'lib/plan/index.ts': `export const a = 1;`,
        'lambdas/migrate/index.ts': `export const handler = 1;`,
      },
      ['lib/plan/all.ts only re-exports', 'lib/plan/index.ts is an index'],
    ],
    [
      'a library that uses the process as its own',
      {
        'lib/plan/a.ts': `process.nextTick(f); process.exit(1); const { env } = process;`,
        'lib/cli/b.ts': `console.log(globalThis.x); export const io = { env: 1, console: 2 }.console;`,
        'lib/plan/c.ts': `process.nextTick(f);`,
        'bin/demo.ts': `console.log(process.argv);`,
      },
      [
        'lib/plan/a.ts must not use process',
        'lib/cli/b.ts must not use console',
        'lib/cli/b.ts must not use globalThis',
      ],
    ],
    ['a file that no rule is about', { 'lib/new/thing.ts': '' }, ['lib/new/thing.ts has no rule']],
  ])('%s', (_, sources, violations) => {
    expect(findViolations(new Map(Object.entries(sources)))).toEqual(violations);
  });
});
