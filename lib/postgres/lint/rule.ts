/** The fields of a node of Postgres' parse tree. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a statement by itself: it runs, and does harm. */
export interface Hazard {
  readonly rule: LintRule;
  /** What it does, as one sentence without the place. */
  readonly message: string;
  /** The recipe that shows what is safe here, where it is not that of the rule. */
  readonly recipe?: string;
}

/**
 * The rules, each with what is safe instead and the recipe that shows it: the heading's anchor in docs/guides/idempotent-sql.md. Stable:
 * comments in files name them.
 */
export const lintRules = {
  'index-blocks-writes': {
    instead: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS, in a file of its own.',
    recipe: 'create-an-index',
  },
  'drop-index-blocks': {
    instead: 'DROP INDEX CONCURRENTLY IF EXISTS, in a file of its own.',
    recipe: 'drop-an-index',
  },
  'reindex-blocks': { instead: 'REINDEX ... CONCURRENTLY, in a file of its own.', recipe: 'create-an-index' },
  'default-rewrites': {
    instead: 'Add the column without a default, give it one for new rows, and fill the old ones in batches.',
    recipe: 'add-a-column-with-a-default',
  },
  'not-null-scans': {
    instead: 'Add CHECK (column IS NOT NULL) NOT VALID, validate it in another file, then SET NOT NULL.',
    recipe: 'make-a-large-column-not-null',
  },
  'check-scans': {
    instead: 'Add it NOT VALID, and VALIDATE CONSTRAINT in another file.',
    recipe: 'add-a-check-without-stopping-the-writers',
  },
  'foreign-key-scans': {
    instead: 'Add it NOT VALID, and VALIDATE CONSTRAINT in another file.',
    recipe: 'add-a-foreign-key',
  },
  'unique-blocks': {
    instead: 'Build a unique index CONCURRENTLY, and add the constraint USING INDEX.',
    recipe: 'a-unique-constraint-from-a-concurrent-index',
  },
  'type-rewrites': {
    instead: 'Add a column of the new type, fill it in batches, and change over.',
    recipe: 'change-a-type-in-steps',
  },
  'rename-breaks': {
    instead: 'Add the new name beside the old one until no client uses the old one any more.',
    recipe: 'rename-a-column',
  },
  'drops-data': {
    instead: 'Stop using it first, drop it in a later release, and say IF EXISTS.',
    recipe: 'drop-what-is-no-longer-used',
  },
  'all-rows': {
    instead: 'Say which rows, or go through them in batches.',
    recipe: 'fill-a-column-in-batches',
  },
  'blocks-readers': {
    instead: 'Use the form that lets them go on: CONCURRENTLY where there is one, plain VACUUM, batches.',
    recipe: 'a-materialized-view',
  },
  'not-idempotent': {
    instead:
      'Write it so that running it twice does no harm: IF NOT EXISTS, OR REPLACE, ON CONFLICT, IF EXISTS.',
    recipe: 'what-the-recipes-start-from',
  },
} as const;

export type LintRule = keyof typeof lintRules;

export function hazard(rule: LintRule, message: string): Hazard {
  return { rule, message };
}
