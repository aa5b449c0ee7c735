import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import * as constructs from '../../lib/infra/stack.ts';

const folder = path.join(import.meta.dirname, '../../lib/infra');
const sources = globSync('*.ts', { cwd: folder }).map((file) =>
  readFileSync(path.join(folder, file), 'utf8'),
);

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** What a declaration is called, and the comment right before it. */
interface Documented {
  readonly name: string;
  readonly optional: boolean;
  readonly comment: string | undefined;
}

/** Everything that an importer of these sources can name or set: exported types and classes, and what is in them. */
function readDeclarations(text: string): Documented[] {
  const found: Documented[] = [];
  const commentBefore = (position: number) =>
    /\/\*\*(?:(?!\*\/).)*\*\/\s*$/s.exec(text.slice(0, position))?.[0];
  const visit = (node: Node, owner: string, start = node.start): void => {
    const name = [owner, nameOf(node)].filter(Boolean).join('.');
    const isHidden = node.accessibility === 'private' || isNever(node);
    const isMember = ['TSPropertySignature', 'PropertyDefinition', 'MethodDefinition'].includes(node.type);
    if (isMember && (isHidden || node.kind === 'constructor')) return;
    if (isMember || node.type === 'ClassDeclaration')
      found.push({
        name,
        optional: node.optional === true && node.type === 'TSPropertySignature',
        comment: commentBefore(start),
      });
    // The parameters and bodies of methods are not what is documented here.
    if (isMember && node.type !== 'TSPropertySignature') return;
    for (const child of childrenOf(node)) visit(child, name);
  };
  for (const statement of childrenOf(parseAst(text, { lang: 'ts' }) as unknown as Node)) {
    const [declaration] = nodesIn([statement.declaration]);
    if (declaration) visit(declaration, '', statement.start);
  }
  return found;
}

function nameOf(node: Node): string {
  const [name] = nodesIn([node.key, node.id]);
  return String(name?.name ?? '');
}

/** A property that is there to forbid it. */
function isNever(node: Node): boolean {
  const [annotation] = nodesIn([node.typeAnnotation]);
  return nodesIn([annotation?.typeAnnotation]).some(({ type }) => type === 'TSNeverKeyword');
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) => nodesIn(Array.isArray(value) ? value : [value]));
}

function nodesIn(values: readonly unknown[]): Node[] {
  return values.filter((value): value is Node => typeof (value as Node | null)?.type === 'string');
}

function findFaults(text: string): string[] {
  return readDeclarations(text).flatMap(({ name, optional, comment }) => {
    if (comment === undefined) return [`${name} says nothing`];
    return optional && !/@default [^\s*]/.test(comment) ? [`${name} has no @default`] : [];
  });
}

test('every construct and every property says what it is, and an optional one what it is by default', () => {
  const all = sources.flatMap(readDeclarations).map(({ name }) => name);
  expect(all).toEqual(
    expect.arrayContaining(['JobProps.parameterKey', 'MigrateOnDeployOptions.migrations', 'JobNetwork.vpc']),
  );
  expect(sources.flatMap(findFaults)).toEqual([]);
});

test('every construct of the package has an example in which it is made', () => {
  const comments = new Map(sources.flatMap(readDeclarations).map(({ name, comment }) => [name, comment]));
  const names = Object.keys(constructs);
  expect(names.length).toBeGreaterThan(4);
  for (const name of names)
    expect(comments.get(name), name).toMatch(new RegExp(`@example[^]*new ${name}\\(`));
});

test.each([
  ['export interface A { readonly b: string }', ['A.b says nothing']],
  ['export interface A { /** B. */ readonly b?: string }', ['A.b has no @default']],
  ['export interface A { /** B. @default */ readonly b?: string }', ['A.b has no @default']],
  ['export interface A { /** B. @default 1 */ readonly b?: number; readonly c?: never }', []],
  [
    'export type A = { readonly c: B } | ({ /** D. */ readonly d?: B } & C)',
    ['A.c says nothing', 'A.d has no @default'],
  ],
  ['export interface A { /** B. */ readonly b: { readonly c: string } }', ['A.b.c says nothing']],
  ['interface A { readonly b?: string }', []],
  [
    'export class A { constructor(b: B) {}\nprivate c = 1; readonly d: B; e(): void { const f = { g: 1 }; } }',
    ['A says nothing', 'A.d says nothing', 'A.e says nothing'],
  ],
  ['/** A. */\nexport class A { /** B. */ readonly b?: B }', []],
])('the check can fail: %s', (text, faults) => {
  expect(findFaults(text)).toEqual(faults);
});
