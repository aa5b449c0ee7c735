/**
 * SQL for how many rows of a table, or of a catalog, the transaction has written, with what was rolled back of it: while it is open they only
 * become more. Only where the server counts, see `track_counts`.
 *
 * @param oid SQL for its number
 */
export function writtenRows(oid: string): string {
  const kinds = ['inserted', 'updated', 'deleted'];
  return kinds.map((kind) => `pg_catalog.pg_stat_get_xact_tuples_${kind}(${oid})`).join(' + ');
}
