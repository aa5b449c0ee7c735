import path from 'node:path';
import { type CliResult, cliInProcess, createProject, writeFiles } from './cli.ts';
import { querySqlite } from './sqlite-database.ts';

/** A folder of migrations and a SQLite file beside it, named as a person names it. */
export interface SqliteBench {
  readonly folder: string;
  /** The absolute path of `shop.db`. */
  readonly file: string;
  /** Writes files into `migrations`. */
  write(files: Readonly<Record<string, string>>): void;
  run(...args: string[]): Promise<CliResult>;
  json(...args: string[]): Promise<Record<string, unknown> & { readonly code: number }>;
  query(sql: string): Record<string, unknown>[];
}

export function createSqliteBench(files: Readonly<Record<string, string>> = {}): SqliteBench {
  const folder = createProject({}, { url: 'sqlite:./shop.db' });
  const file = path.join(folder, 'shop.db');
  const write = (more: Readonly<Record<string, string>>) => writeFiles(path.join(folder, 'migrations'), more);
  write(files);
  const run = (...args: string[]) =>
    cliInProcess(args, { folder, env: { REGISTRY_JOBS_ENVIRONMENT: 'test' } });
  return {
    folder,
    file,
    write,
    run,
    json: async (...args) => {
      const { code, stdout } = await run(...args, '--json');
      return { ...JSON.parse(stdout), code };
    },
    query: (sql) => querySqlite(file, sql),
  };
}
