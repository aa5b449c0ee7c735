import type { Script } from '../../migrations/script/statement.ts';
import type { ProveFinding } from '../../reports/prove.ts';
import { quoteLiteral } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import { FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { placeOf } from './findings.ts';
import { sendPrepared } from './prepared.ts';

/** A sequence whose next number is one that its column holds already. Names are as SQL writes them. */
export interface SequenceBehind {
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
  readonly next: string;
  /** The first of the numbers to come that a row has. */
  readonly held: string;
  /** Whether the column alone may hold a number only once. */
  readonly isUnique: boolean;
  /** Sets it after all that the column holds. */
  readonly statement: string;
}

/**
 * Sequences that give a column its numbers: of an identity, of a default that is no more than their next number, or owned by a column
 * without a default. Those that begin anew at their end give numbers a second time on purpose. What has no page, and nothing below it, holds no number.
 */
const CANDIDATES = `SELECT DISTINCT ON (s.oid, t.oid, a.attnum) pg_catalog.format('%I.%I', sn.nspname, s.relname) AS sequence,
    pg_catalog.format('%I.%I', tn.nspname, t.relname) AS "table", pg_catalog.quote_ident(a.attname) AS "column",
    q.seqincrement::text AS step, q.seqmin::text AS min, q.seqmax::text AS max,
    EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS "isUnique", used.owned
  FROM pg_catalog.pg_sequence q JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid
    JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
    CROSS JOIN LATERAL (
      SELECT d.refobjid AS relid, d.refobjsubid AS attnum, true AS owned FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid AND d.objsubid = 0 AND d.refobjsubid > 0
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
      UNION ALL SELECT f.adrelid, f.adnum, false FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
      WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid) used
    JOIN pg_catalog.pg_class t ON t.oid = used.relid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = used.attnum AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum
  WHERE s.oid >= ${FIRST_OWN_OID} AND s.relpersistence <> 't' AND NOT q.seqcycle
    AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    AND (t.relkind = 'p' OR t.relhassubclass OR pg_catalog.pg_relation_size(t.oid) > 0)
    AND a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
    AND (f.oid IS NULL OR pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''.*''::regclass\\)(::[a-z]+)?$')
    AND CASE WHEN s.relkind = 'S' THEN pg_catalog.has_sequence_privilege(s.oid, 'SELECT') END AND pg_catalog.has_table_privilege(t.oid, 'SELECT')
  ORDER BY s.oid, t.oid, a.attnum, used.owned DESC`;

type Candidate = Readonly<
  Record<'sequence' | 'table' | 'column' | 'step' | 'min' | 'max', string> &
    Record<'isUnique' | 'owned', boolean>
>;

/**
 * Finds sequences that are behind their column: one that was filled with numbers of somebody's own. A number counts where the sequence will
 * come to it: by its step, and before its end. In a session of ours, where no policy hides a row.
 */
export async function sequencesBehind(connection: Connection): Promise<SequenceBehind[]> {
  const { rows } = await sendPrepared(connection, CANDIDATES);
  // What may be there twice, and was not made for the column, is no fault.
  const candidates = (rows as unknown as Candidate[]).filter(({ isUnique, owned }) => isUnique || owned);
  if (candidates.length === 0) return [];
  const looks = candidates.map(
    (one, index) => `SELECT ${index} AS "index", n.next::text AS next, ${heldSql(one)} AS held
    FROM (SELECT CASE WHEN NOT is_called THEN last_value
      WHEN last_value::numeric + ${one.step} BETWEEN ${one.min} AND ${one.max} THEN last_value + ${one.step} END AS next
      FROM ${one.sequence}) n`,
  );
  const found = await connection.send(looks.join(' UNION ALL '), { mayTakeMs: Infinity });
  return found.rows.flatMap(({ index, next, held }) => {
    const one = candidates[Number(index)];
    if (!one || held === null) return [];
    return [{ ...one, next: String(next), held: String(held), statement: setSql(one, String(next)) }];
  });
}

function heldSql({ table, column, step, min, max }: Candidate): string {
  const isUp = !step.startsWith('-');
  const bounds = isUp ? `BETWEEN n.next AND ${max}` : `BETWEEN ${min} AND n.next`;
  return `(SELECT t.${column}::text FROM ${table} t WHERE t.${column} ${bounds}${onStep(step, `t.${column}`, 'n.next')}
      ORDER BY t.${column}${isUp ? '' : ' DESC'} LIMIT 1)`;
}

/** Between its steps a sequence never comes by. */
function onStep(step: string, column: string, next: string): string {
  return /^-?1$/.test(step) ? '' : ` AND (${column}::numeric - ${next}) % ${step} = 0`;
}

function setSql({ sequence, table, column, step, min, max }: Candidate, next: string): string {
  const isUp = !step.startsWith('-');
  const far = isUp ? `${column} <= ${max}` : `${column} >= ${min}`;
  // The ends of the type of the column need no mention.
  const isBounded = isUp
    ? !/^(32767|2147483647|9223372036854775807)$/.test(max)
    : !/^-(32768|2147483648|9223372036854775808)$/.test(min);
  const where = [
    ...(isBounded ? [far] : []),
    ...(onStep(step, column, next) ? [onStep(step, column, next).slice(5)] : []),
  ];
  const set = `SELECT pg_catalog.setval(${quoteLiteral(sequence)}, ${isUp ? 'max' : 'min'}(${column})) FROM ${table}`;
  return `${set}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''};`;
}

const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'CopyStmt', 'UpdateStmt', 'MergeStmt']);

/** What is told of a file that has left a sequence behind: at the statement that names the table, or else the sequence. */
export function behindFinding(script: Script, behind: SequenceBehind): ProveFinding {
  const { sequence, table, column, next, held, isUnique, statement } = behind;
  const [ofTable, ofSequence] = [table, sequence].map(mentionOf);
  const all = script.statements.map(({ kind, start, end }, index) => {
    const text = script.text.slice(start, end);
    return {
      index,
      isWrite: WRITES.has(kind),
      ofTable: ofTable?.test(text),
      ofSequence: ofSequence?.test(text),
    };
  });
  const { index } = all.find((one) => one.isWrite && one.ofTable) ??
    all.findLast((one) => one.ofTable || one.ofSequence) ?? { index: 0 };
  const taken = next === held ? 'which a row has already' : `and a row has ${held}, which it comes to`;
  const effect = isUnique
    ? `an insert that gives no ${column} fails ${next === held ? 'next' : 'then'}`
    : 'what is inserted gets a number that is taken';
  return {
    code: 'sequence-behind',
    message: `The sequence ${sequence} is behind ${table}.${column}: its next number is ${next}, ${taken}, so ${effect}.`,
    ...placeOf(script, index),
    differences: [],
    hint: `Set it in the file, after what it inserts: ${statement}`,
  };
}

/** Finds the last part of a name as a word of its own, quoted or not. */
function mentionOf(name: string): RegExp {
  const last = /(?:^|\.)("(?:[^"]|"")+"|[^".]+)$/.exec(name)?.[1] ?? name;
  const bare = last.replace(/^"|"$/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w$])${bare}(?![\\w$])`, 'i');
}
