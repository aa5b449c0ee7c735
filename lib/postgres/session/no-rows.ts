import pg from 'pg';
import type { Answered } from './copy-in.ts';

/** A query whose rows are dropped as they come: a migration may select millions of them, and nobody reads one. */
export class NoRows extends pg.Query {
  constructor(sql: string, answered: Answered) {
    super(sql, undefined, answered as never);
  }

  handleDataRow(): void {}
}
