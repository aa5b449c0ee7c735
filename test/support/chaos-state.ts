import type { ChaosDatabase, Query } from './chaos-database.ts';

/** A line for everything in the catalog and every row of every table, apart from ledger and journal. Sorted. */
export type Content = readonly string[];

/** What a database holds, as seen at one moment. */
export interface ChaosState {
  readonly ledger: readonly LedgerLine[];
  /** Undefined until there is a journal. */
  readonly journal?: readonly JournalLine[];
  readonly content: Content;
}

export interface LedgerLine {
  readonly version: string;
  readonly checksum: string | null;
  readonly ordered: boolean | null;
}

export interface JournalLine {
  readonly version: string;
  readonly file: string;
  readonly checksum: string;
  readonly direction: string;
  readonly transaction: boolean;
  readonly status: string;
  readonly statements: number;
  readonly done: number;
  readonly uncertain: boolean;
  readonly error: string | null;
  readonly ordered: boolean | null;
}

export async function readState({ query }: Pick<ChaosDatabase, 'query'>): Promise<ChaosState> {
  await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const [found] = await query(`SELECT to_regclass('public.schema_migrations') IS NOT NULL AS ledger,
      to_regclass('public.schema_migrations_journal') IS NOT NULL AS journal`);
    const ledger = found?.ledger ? await query(LEDGER) : [];
    const journal = found?.journal ? await query(JOURNAL) : undefined;
    return {
      ledger: ledger as unknown as LedgerLine[],
      ...(journal && { journal: journal as unknown as JournalLine[] }),
      content: await readContent(query),
    };
  } finally {
    await query('ROLLBACK').catch(() => {});
  }
}

const LEDGER = `SELECT version, checksum, started_at <= finished_at AS ordered
  FROM public.schema_migrations ORDER BY version COLLATE "C"`;

const JOURNAL = `SELECT version, file, checksum, direction, transaction, status, statements, done, uncertain, error,
    started_at <= finished_at AS ordered
  FROM public.schema_migrations_journal ORDER BY started_at, id`;

export async function readContent(query: Query): Promise<Content> {
  // By name, so that the server plans it once a session: it is asked some thousand times. So it looks at the kinds that the journeys make, and not
  // at all, as a snapshot does, which takes fourteen times as long.
  const catalog = await query({ name: 'catalog', text: CATALOG });
  const tables = catalog.flatMap(({ line }) => /^relation r (.*)$/.exec(String(line))?.[1] ?? []);
  const rows = tables.map((table) => `SELECT 'row ${table} ' || to_json(t)::text AS line FROM ${table} t`);
  const lines = [...catalog, ...(rows.length > 0 ? await query(rows.join(' UNION ALL ')) : [])];
  return lines.map(({ line }) => String(line)).sort();
}

/** How the content says of an index whether it is whole. */
export const [VALID, INVALID] = ['valid', 'invalid'];

/** What is younger than the server's own: the same rows, without a look at the thousands that every database has. */
const younger = (oid: string) => `${oid} >= 16384`;

const CATALOG = `WITH schemas AS (
    SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  ours AS (
    SELECT c.*, nspname || '.' || relname AS named FROM pg_class c JOIN schemas ON schemas.oid = relnamespace
    WHERE ${younger('c.oid')} AND relname NOT LIKE 'schema\\_migrations%')
  SELECT 'schema ' || nspname AS line FROM schemas
  UNION ALL SELECT 'relation ' || relkind::text || ' ' || named FROM ours
  UNION ALL SELECT 'column ' || named || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
    FROM ours JOIN pg_attribute ON attrelid = ours.oid
    WHERE ${younger('attrelid')} AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'index ' || named || ' ' || pg_get_indexdef(indexrelid) || ' '
      || CASE WHEN indisvalid AND indisready AND indislive THEN '${VALID}' ELSE '${INVALID}' END
    FROM ours JOIN pg_index ON indexrelid = ours.oid
  UNION ALL SELECT 'toast index of ' || named || ' ${INVALID}' FROM ours JOIN pg_index ON indrelid = ours.reltoastrelid
    WHERE NOT (indisvalid AND indisready AND indislive)
  UNION ALL SELECT 'view ' || named || ' ' || pg_get_viewdef(oid) FROM ours WHERE relkind IN ('v', 'm')
  UNION ALL SELECT 'owner ' || named || ' ' || relowner::regrole FROM ours
  UNION ALL SELECT 'constraint ' || named || ' ' || conname || ' ' || pg_get_constraintdef(c.oid)
    FROM ours JOIN pg_constraint c ON conrelid = ours.oid
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM ours JOIN pg_trigger t ON tgrelid = ours.oid
    WHERE NOT tgisinternal
  UNION ALL SELECT 'comment ' || named || ' ' || description
    FROM ours JOIN pg_description d ON d.objoid = ours.oid AND d.classoid = 'pg_class'::regclass
    WHERE ${younger('d.objoid')}
  UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p JOIN schemas ON schemas.oid = pronamespace
    WHERE ${younger('p.oid')}
  UNION ALL SELECT 'enum ' || typname || ' ' || enumlabel
    FROM pg_type t JOIN pg_enum ON enumtypid = t.oid JOIN schemas ON schemas.oid = typnamespace
    WHERE ${younger('t.oid')}`;
