/**
 * One statement that adds `files` files with everything that belongs to them. It is a DO block, so it is one
 * transaction wherever it runs, and all of its randomness is a hash of running numbers: the same calls in
 * the same order give the same rows in any database that held the same rows before.
 *
 * The running number of a file goes on where the last batch stopped (kept in internal_metadata), and ids
 * are taken from the identity sequences, so a seed adds to whatever is there.
 */
export function batchSql(files: number): string {
  return `do $seed$
declare
  -- Running numbers of the batch: first and last.
  low bigint := 1 + coalesce((select value::bigint from internal_metadata where key = 'seeded files'), 0);
  high bigint := low + ${files} - 1;
  object_ids bigint; file_ids bigint; checksum_ids bigint; record_ids bigint; event_ids bigint; item_ids bigint;
  objects bigint;
begin
  -- Where objects begin: each thousand files has a density of its own, so most bags are small and a few are large.
  create temp table if not exists seed_files (
    n bigint, o bigint, institution_id bigint, object_state text, object_option text, object_created timestamp
  ) on commit delete rows;
  insert into seed_files (n, o)
  select n, count(*) filter (where n = low or ${roll('n', 1)} % (array[4, 8, 20, 60, 400])[1 + ${roll('n / 1000', 2)} % 5] = 0)
    over (order by n)
  from generate_series(low, high) n;
end
$seed$`;
}
function roll(n: string, salt: number): string {
  return `(hashint8extended(${n}, ${salt}) & 9223372036854775807)`;
}
