import { quoteLiteral } from '../../postgres/identifiers.ts';

/**
 * A number from 0 to `sides` - 1 that depends on `n` and `die` only: random enough for a seed, and the same in
 * every run. Each use has a die of its own, so that two properties of one row do not move together.
 */
export function roll(n: string, die: number, sides: number | string): string {
  return `((hashint8extended(${n}, ${die}) & 9223372036854775807) % ${sides})`;
}

/** An SQL array of texts. */
export function textArray(texts: readonly string[]): string {
  return `array[${texts.map(quoteLiteral).join(', ')}]::text[]`;
}

/**
 * The position (from 1) of the part that `value` falls into, where `sizes` are the lengths of adjoining parts
 * that begin at 0.
 */
export function partOf(value: string, sizes: readonly number[]): string {
  let start = 0;
  const starts = sizes.map((size) => {
    const own = start;
    start += size;
    return own;
  });
  return `width_bucket(${value}, array[${starts.join(', ')}]::bigint[])`;
}

/**
 * The first of `count` new ids for a table, taken from its identity sequence. The sequence may lag behind rows
 * that were loaded with explicit ids; the highest id is the floor.
 */
export function reserveIds(table: string, count: string): string {
  const sequence = `pg_get_serial_sequence('${table}', 'id')`;
  const next = `greatest(nextval(${sequence}), (select coalesce(max(id), 0) + 1 from ${table}))`;
  return `setval(${sequence}, ${next} + ${count} - 1) - ${count} + 1`;
}
