/** A tool that keeps a ledger of its own in a SQLite file, under a name that no other has. */
interface OtherTool {
  readonly name: string;
  /** Whether `import` makes our files of its folder, and takes the ledger over. */
  readonly isImported: boolean;
}

const imported = (name: string): OtherTool => ({ name, isImported: true });
/** Their migrations are programs, or written in words of their own. */
const programs = (name: string): OtherTool => ({ name, isImported: false });

/** By the table. A ledger named schema_migrations is not among them: that may be ours. */
export const LEDGERS_OF_OTHERS: ReadonlyMap<string, OtherTool> = new Map([
  ['goose_db_version', imported('goose')],
  ['gorp_migrations', imported('sql-migrate')],
  ['__diesel_schema_migrations', imported('Diesel')],
  ['_prisma_migrations', imported('Prisma')],
  ['flyway_schema_history', imported('Flyway')],
  ['knex_migrations', programs('knex')],
  ['SequelizeMeta', programs('Sequelize')],
  ['__drizzle_migrations', programs('Drizzle')],
  ['alembic_version', programs('Alembic')],
  ['django_migrations', programs('Django')],
  ['__EFMigrationsHistory', programs('Entity Framework')],
]);

/** What to say of such a table, and what to do. Pure. */
export function describeOther(table: string): { readonly message: string; readonly hint: string } {
  const { name = 'another tool', isImported = false } = LEDGERS_OF_OTHERS.get(table) ?? {};
  return {
    message: `${table} is there, in which ${name} keeps what it has applied. adopt does not read it, and nothing is recorded as applied here.`,
    hint: isImported
      ? `Make our files of the folder of ${name}, which takes its ledger over as well: registry-jobs import FOLDER migrations`
      : `Write what ${name} has come to as files, and say up to which of them that is: registry-jobs baseline VERSION`,
  };
}
