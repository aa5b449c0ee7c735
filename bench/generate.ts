/** A generated migration: what every tool is given, each in its own format. */
export interface GeneratedMigration {
  /** `0007_index_collection_002_by_owner`: a number of at least four digits, and a title. */
  readonly name: string;
  readonly statements: readonly string[];
}

/** What the database holds when all of them were applied. */
export interface Effects {
  readonly tables: number;
  readonly views: number;
  readonly rows: number;
}

const ROWS = 10;
const STEPS = [createTable, addColumn, fillTable, createView] as const;

/**
 * Makes migrations of three short statements each, the same ones every time: in turns a table, a further column, some
 * rows, and a view.
 */
export function generateMigrations(count: number): GeneratedMigration[] {
  return Array.from({ length: count }, (_, index) => {
    const step = STEPS[index % STEPS.length] ?? createTable;
    const table = tableName(Math.floor(index / STEPS.length));
    const { title, statements } = step(table);
    return { name: `${String(index + 1).padStart(4, '0')}_${title}`, statements };
  });
}

export function expectedEffects(count: number): Effects {
  const times = (step: number) => Math.ceil(Math.max(0, count - step) / STEPS.length);
  return { tables: times(0), rows: times(2) * ROWS, views: times(3) };
}

/** One row: tables, views, and the rows of all tables. */
export function effectsSql(count: number): string {
  const counts = Array.from({ length: expectedEffects(count).tables }, (_, index) => {
    return `SELECT count(*) AS n FROM ${tableName(index)}`;
  });
  const relations = (kind: string) => `(SELECT count(*)::int FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'collection%' AND relkind = '${kind}')`;
  return `SELECT ${relations('r')} AS tables, ${relations('v')} AS views,
    (SELECT sum(n)::int FROM (${counts.join(' UNION ALL ')}) AS each) AS rows`;
}

function tableName(index: number): string {
  return `collection_${String(index + 1).padStart(3, '0')}`;
}

function createTable(table: string) {
  return {
    title: `create_${table}`,
    statements: [
      `CREATE TABLE ${table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
)`,
      `CREATE INDEX ${table}_by_name ON ${table} (name)`,
      `COMMENT ON TABLE ${table} IS 'Made for a benchmark.'`,
    ],
  };
}

function addColumn(table: string) {
  return {
    title: `index_${table}_by_owner`,
    statements: [
      `ALTER TABLE ${table} ADD COLUMN owner text`,
      `CREATE INDEX ${table}_by_owner ON ${table} (owner, created_at)`,
      `COMMENT ON COLUMN ${table}.owner IS 'Whose it is.'`,
    ],
  };
}

function fillTable(table: string) {
  return {
    title: `fill_${table}`,
    statements: [
      `INSERT INTO ${table} (name, size) SELECT 'item ' || n, n * 1000 FROM generate_series(1, ${ROWS}) AS n`,
      `UPDATE ${table} SET owner = 'owner ' || id % 3`,
      `ALTER TABLE ${table} ALTER COLUMN owner SET NOT NULL`,
    ],
  };
}

function createView(table: string) {
  return {
    title: `summarize_${table}`,
    statements: [
      `CREATE VIEW ${table}_by_owner_view AS
SELECT owner, count(*) AS items, sum(size) AS size FROM ${table} GROUP BY owner`,
      `COMMENT ON VIEW ${table}_by_owner_view IS 'What each owner has.'`,
      `GRANT SELECT ON ${table}_by_owner_view TO PUBLIC`,
    ],
  };
}

/** The statements as a file has them. */
export function toSql({ statements }: GeneratedMigration): string {
  return statements.map((statement) => `${statement};\n`).join('');
}
