import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type GeneratedMigration, toSql } from '../generate.ts';

/** Writes one file per migration. */
export async function writeMigrations(
  folder: string,
  migrations: readonly GeneratedMigration[],
  format: (sql: string) => string = (sql) => sql,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const migration of migrations) {
    await writeFile(path.join(folder, `${migration.name}.sql`), format(toSql(migration)));
  }
}
