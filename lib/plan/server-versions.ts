import type { Snapshot, SnapshotObject } from './snapshot.ts';

/** What is otherwise from a version of Postgres on, by nature. */
export interface Nature {
  readonly since: number;
  /** What is not compared, in words. */
  readonly what: string;
  /** Objects that only one of the versions has. */
  readonly isOf?: (object: SnapshotObject) => boolean;
  /** Properties that cannot be compared, of a kind. */
  readonly properties?: readonly [kind: string, ...names: string[]];
}

const NATURE: readonly Nature[] = [
  {
    since: 14,
    what: 'multirange types',
    isOf: ({ kind }) => kind === 'multirange type',
  },
  // It is given one argument more.
  { since: 14, what: 'functions of conversions', properties: ['conversion', 'function'] },
  {
    since: 15,
    what: 'who may change settings of the server',
    isOf: ({ kind }) => kind === 'parameter',
  },
  {
    since: 15,
    what: 'locales of collations',
    properties: ['collation', 'collate', 'character type', 'locale'],
  },
  {
    since: 15,
    what: 'whose the schema public is, and what everybody may do there',
  },
  {
    since: 17,
    what: 'the privilege MAINTAIN',
  },
  {
    since: 17,
    what: 'not-null constraints of domains by their names',
    isOf: ({ kind, of }) => kind === 'not-null constraint' && of?.startsWith('domain ') === true,
  },
  {
    since: 18,
    what: 'not-null constraints of tables by their names',
    isOf: ({ kind, of }) => kind === 'not-null constraint' && of?.startsWith('domain ') === false,
  },
  // Each version brings its own.
  ...[14, 15, 16, 17, 18].map((since) => ({
    since,
    what: 'versions of extensions',
    properties: ['extension', 'version', 'configuration', 'relocatable'] as const,
  })),
  ...[16, 18].map((since) => ({
    since,
    what: 'how subscriptions stream',
    properties: ['subscription', 'streaming'] as const,
  })),
];

/** What differs by nature between two versions. Pure. */
export function apartBetween(lower: number, higher: number): Nature[] {
  return NATURE.filter(({ since }) => lower < since && since <= higher);
}

/** The functions and casts that a newer server makes for the multirange of each range. */
export function withMultiranges(
  both: readonly { readonly snapshot: Snapshot }[],
): (object: SnapshotObject) => boolean {
  const objects = both.flatMap(({ snapshot }) => [...snapshot.values()]);
  const names = objects.filter(({ kind }) => kind === 'multirange type').map(({ name }) => name);
  return ({ kind, name }) =>
    names.some(
      (multirange) =>
        (kind === 'function' && name.startsWith(`${multirange}(`)) ||
        (kind === 'cast' && name.endsWith(` as ${multirange})`)),
    );
}
