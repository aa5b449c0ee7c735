import { quoteLiteral } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';

/** Where what belongs to a table keeps which: its own constraints and rules go with it. */
const OWN = [
  ['pg_constraint', 'conrelid'],
  ['pg_attrdef', 'adrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
] as const;

/**
 * Of some tables those without which something else in the database cannot be made: a view that reads one, a foreign key that points to one,
 * a function of its rows. A dump that leaves such a table out could not be loaded.
 */
export async function neededTables(
  connection: Connection,
  tables: readonly TableName[],
): Promise<TableName[]> {
  const names = tables.map(({ schema, table }) => `(${quoteLiteral(schema)}, ${quoteLiteral(table)})`);
  const own = OWN.map(
    ([catalog, relation]) => `AND NOT (d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND EXISTS (
      SELECT FROM pg_catalog.${catalog} o JOIN ours ON ours.oid = o.${relation} WHERE o.oid = d.objid))`,
  );
  const { rows } = await connection.send(`WITH ours AS (
    SELECT c.oid, c.reltype, n.nspname, c.relname FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN (${names.join(', ')}))
    SELECT DISTINCT t.nspname::text AS schema, t.relname::text AS table FROM ours t JOIN pg_catalog.pg_depend d
      ON (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = t.oid)
        OR (d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (t.reltype,
          (SELECT typarray FROM pg_catalog.pg_type WHERE oid = t.reltype)))
    WHERE d.deptype = 'n' AND d.objid NOT IN (SELECT oid FROM ours) ${own.join(' ')}`);
  return tables.filter(({ schema, table }) =>
    rows.some((row) => row.schema === schema && row.table === table),
  );
}
