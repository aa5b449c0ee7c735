import { quoteLiteral } from '../identifiers.ts';

/**
 * One statement that sets every identity and serial sequence of a schema to the highest value of its column, as
 * is needed after rows were loaded with explicit ids. The sequence of an empty table starts again from 1.
 */
export function resetSequencesSql(schema = 'public'): string {
  return `do $reset$
declare
  owned record;
begin
  for owned in
    select c.oid::regclass as relation, a.attname as name,
      pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = ${quoteLiteral(schema)}::regnamespace and c.relkind in ('r', 'p')
  loop
    continue when owned.sequence is null;
    execute format(
      'select setval(%1$L, coalesce(max(%2$I), 1), max(%2$I) is not null) from %3$s',
      owned.sequence, owned.name, owned.relation);
  end loop;
end
$reset$`;
}
