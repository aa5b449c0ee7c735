import type { Directives } from '../../migrations/script/directives.ts';
import type { Expectation } from '../../migrations/script/expectation.ts';
import type { Refuse } from './control.ts';
import { kindOf } from './kind.ts';
import { splitSql } from './split.ts';

const QUERIES = new Set(['select', 'with', 'values']);

/** An expectation must be one query, of a file that can be undone when it fails. @throws RegistryJobsError `bad-expectation` */
export function checkExpectations(
  expectations: readonly Expectation[],
  { transaction }: Directives,
  refuse: Refuse,
): void {
  for (const { sql, start } of expectations) {
    if (!transaction) {
      throw refuse(
        start,
        'bad-expectation',
        'Without a transaction nothing could be undone if an expectation failed.',
        'Put it into a file of its own after this one.',
      );
    }
    const kinds = [...splitSql(sql)].map((piece) => kindOf(sql, piece).name);
    if (kinds.length === 1 && QUERIES.has(kinds[0] ?? '')) continue;
    throw refuse(
      start,
      'bad-expectation',
      'What is expected of is not one SELECT.',
      'Write one query, without a semicolon.',
    );
  }
}
