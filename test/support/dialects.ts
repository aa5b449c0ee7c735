import type { Dialect } from '../../lib/engine/dialect.ts';
import { postgres } from '../../lib/postgres/dialect.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A database that the cases are asked of. A second one is a second entry here: the cases stay as they are. */
export interface TestDialect {
  readonly dialect: Dialect;
  /** An empty one, with a name of its own. */
  createDatabase(): Promise<TestDatabase>;
}

export const dialects: readonly TestDialect[] = [
  { dialect: postgres, createDatabase: () => createTestDatabase() },
];
