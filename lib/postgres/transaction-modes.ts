import type { TransactionModes } from '../migrations/script/modes.ts';

/** What is read-only in a file is so inside of a savepoint, since the ledger is written after it. */
const READ_ONLY = 'registry_jobs_read_only';

/** Begins the transaction that a file runs in, with the modes that it asks for. Pure. */
export function beginSql({
  isolation = 'read committed',
  deferrable,
  readOnly,
}: TransactionModes = {}): string {
  const begin = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()} READ WRITE${deferrable ? ' DEFERRABLE' : ''}`;
  // What is read-only when its snapshot is taken is not watched for the writes that come later: ours.
  return isolation === 'serializable' && readOnly ? `${begin}; SELECT 1` : begin;
}

/** What has to be sent before a statement of a file, and after it, so that it is as read-only as the file says. Pure. */
export function aroundStatement(
  { readOnly = [] }: TransactionModes = {},
  index: number,
): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const begun = readOnly.find(({ from }) => from === index);
  const isLast = readOnly.some(({ to }) => to === index + 1);
  return {
    before: begun
      ? [`SAVEPOINT ${READ_ONLY}`, ...(begun.isDeclared ? ['SET TRANSACTION READ ONLY'] : [])]
      : [],
    // With it the transaction may write again.
    after: isLast ? [`RELEASE SAVEPOINT ${READ_ONLY}`] : [],
  };
}
