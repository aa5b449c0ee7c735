import { createRequire } from 'node:module';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { writeMigrations } from './files.ts';
import { type PreparePeer, targetUrl } from './peer.ts';
import { runProgram } from './process.ts';

const packageFile = createRequire(import.meta.url).resolve('node-pg-migrate/package.json');
const { version } = createRequire(import.meta.url)(packageFile) as { version: string };
const ledger = 'public.pgmigrations';
const format = (sql: string) => `-- Up Migration\n${sql}\n-- Down Migration\n`;

/** Its API. Reading the files is inside of it, and so inside of what is measured. */
export const nodePgMigrateInProcess: PreparePeer = async (migrations, folder) => {
  await writeMigrations(folder, migrations, format);
  return {
    name: 'node-pg-migrate, API only',
    version,
    ledger,
    canRepeat: true,
    run: async (target) => {
      await runner({
        databaseUrl: targetUrl(target),
        dir: folder,
        direction: 'up',
        migrationsTable: 'pgmigrations',
        // Its default is one transaction around all files.
        singleTransaction: false,
        log: () => {},
      });
    },
  };
};

export const nodePgMigrateCommand: PreparePeer = async (migrations, folder) => {
  await writeMigrations(folder, migrations, format);
  const program = path.join(path.dirname(packageFile), 'bin/node-pg-migrate.js');
  return {
    name: 'node-pg-migrate up',
    version,
    ledger,
    canRepeat: true,
    run: async (target) => {
      const args = [program, 'up', '--migrations-dir', folder, '--no-single-transaction'];
      await runProgram(process.execPath, args, { DATABASE_URL: targetUrl(target) });
    },
  };
};
