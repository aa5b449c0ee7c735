import type { CompiledMigrations } from '../../lib/core/migrations/compiled.ts';
import type { ChaosDatabase, Query } from './chaos-database.ts';

/** What a database holds, as seen at one moment. */
export interface ChaosState {
  readonly ledger: readonly LedgerLine[];
  /** Undefined until there is a journal. */
  readonly journal?: readonly JournalLine[];
  /** A line for everything in the catalog and every row of every table, apart from ledger and journal. Sorted. */
  readonly content: readonly string[];
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
  readonly status: string;
  readonly statements: number;
  readonly done: number;
  readonly error: string | null;
  readonly ordered: boolean | null;
}

/** What a database holds after the first n migrations: `contents[n]`. */
export interface Reference {
  readonly compiled: CompiledMigrations;
  readonly versions: readonly string[];
  readonly contents: readonly (readonly string[])[];
}

/** Learns it from a plain client that sends one file after the other, without anything of ours in between. */
export async function learnReference(
  database: ChaosDatabase,
  compiled: CompiledMigrations,
): Promise<Reference> {
  await database.reset();
  const contents = [await readContent(database.query)];
  for (const { up } of compiled.migrations) {
    await database.query(`BEGIN; ${up.text}; COMMIT`);
    contents.push(await readContent(database.query));
  }
  await database.reset();
  return { compiled, versions: compiled.migrations.map(({ version }) => version), contents };
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
  FROM public.schema_migrations ORDER BY version`;

const JOURNAL = `SELECT version, file, checksum, direction, status, statements, done, error,
    started_at <= finished_at AS ordered
  FROM public.schema_migrations_journal ORDER BY started_at, id`;

async function readContent(query: Query): Promise<string[]> {
  const catalog = await query(CATALOG);
  const tables = catalog.flatMap(({ line }) => /^relation r (.*)$/.exec(String(line))?.[1] ?? []);
  const rows = tables.map(
    (table) => `SELECT 'row ${table} ' || to_json(t)::text AS line FROM public."${table}" t`,
  );
  const lines = [...catalog, ...(rows.length > 0 ? await query(rows.join(' UNION ALL ')) : [])];
  return lines.map(({ line }) => String(line)).sort();
}

const CATALOG = `WITH ours AS (
    SELECT * FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema\\_migrations%')
  SELECT 'relation ' || relkind::text || ' ' || relname AS line FROM ours
  UNION ALL SELECT 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
    FROM ours JOIN pg_attribute ON attrelid = ours.oid WHERE attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) || ' ' || indisvalid
    FROM ours JOIN pg_index ON indexrelid = ours.oid
  UNION ALL SELECT 'view ' || relname || ' ' || pg_get_viewdef(oid) FROM ours WHERE relkind IN ('v', 'm')
  UNION ALL SELECT 'constraint ' || relname || ' ' || conname || ' ' || pg_get_constraintdef(c.oid)
    FROM ours JOIN pg_constraint c ON conrelid = ours.oid
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM ours JOIN pg_trigger t ON tgrelid = ours.oid
    WHERE NOT tgisinternal
  UNION ALL SELECT 'comment ' || relname || ' ' || description
    FROM ours JOIN pg_description d ON d.objoid = ours.oid AND d.classoid = 'pg_class'::regclass
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'enum ' || typname || ' ' || enumlabel
    FROM pg_type t JOIN pg_enum ON enumtypid = t.oid WHERE typnamespace = 'public'::regnamespace`;
