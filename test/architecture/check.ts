import path from 'node:path';
import { parseAst } from 'vitest/node';
import { mayImport, mayOnlyReexport, mustNotLoad, ownsNoProcess, ownsProcess } from './law.ts';

interface Edge {
  /** A file of the project, or a package. */
  readonly to: string;
  /** `later`: a dynamic import, which loads nothing by itself. */
  readonly when: 'load' | 'later' | 'types';
}

/** Everything in which sources, by their path, break the law. */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
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
  if (!path.matchesGlob(file, ownsNoProcess) || matches(file, ownsProcess)) return [];
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
