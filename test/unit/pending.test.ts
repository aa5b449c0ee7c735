import { expect, test } from 'vitest';
import type { LedgerRow } from '../../lib/plan/known.ts';
import { findPending, type MigrationDigest } from '../../lib/plan/pending.ts';

/** `001_a=x` is a plain file with the checksum x; `R_` and `initial` begin the others, and a bare number is a pair. */
function digest(text: string): MigrationDigest[] {
  return text.split(' ').map((it) => {
    const [version = '', checksum = 'sum'] = it.split('=');
    const style = version.startsWith('R_')
      ? 'repeatable'
      : version.startsWith('initial')
        ? 'initial'
        : version.includes('_')
          ? 'plain'
          : 'versioned';
    return { version, style, checksum };
  });
}

/** `001_a=x` is applied with that checksum, `001_a=` by a tool that writes none; `!` in front: begun and not finished. */
function ledger(text: string): LedgerRow[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((it) => {
      const [version = '', checksum = 'sum'] = it.replace('!', '').split('=');
      const times = { startedAt: '2026-01-01', ...(!it.startsWith('!') && { finishedAt: '2026-01-01' }) };
      return { version, ...(checksum && { checksum, ...times }) };
    });
}

test.each([
  ['nothing was ever applied', '001_a 002_b R_v', '', '001_a 002_b R_v'],
  ['all is applied', '001_a 002_b R_v', '001_a 002_b R_v', ''],
  ['restored to before the last deploy', '001_a 002_b 003_c', '001_a', '002_b 003_c'],
  ['a hole', '001_a 002_b 003_c', '001_a 003_c', '002_b'],
  ['pairs as well', '201909251211 201909251300', '201909251211', '201909251300'],
  ['a repeatable one with another text', '001_a R_v=new R_w', '001_a R_v=old R_w', 'R_v'],
  ['a repeatable one whose checksum nobody wrote', 'R_v', 'R_v=', 'R_v'],
  ['a plain one that was edited later is applied', '001_a=new', '001_a=old', ''],
  ['a ledger without checksums or times', '001_a 002_b', '001_a=', '002_b'],
  ['begun and never finished', '001_a 002_b 7', '001_a !002_b !7', '002_b 7'],
  ['an initial schema is for empty databases', 'initial_schema 001_a', '001_a', ''],
  ['an initial schema alone', 'initial_schema', '', ''],
  ['after a rollback: the database is newer', '001_a 002_b', '001_a 002_b 003_c', ''],
  ['after a rollback: a newer repeatable text', '001_a R_v=old', '001_a R_v=new 002_b', ''],
  ['after a rollback: a file was renamed', '001_a 002_b=x', '001_a 003_b=x', ''],
  ['a newer database that lacks one of ours all the same', '001_a 002_b=x', '001_a 003_c=y', '002_b'],
])('%s', (_, files, rows, pending) => {
  expect(findPending(digest(files), ledger(rows)).join(' ')).toBe(pending);
});
