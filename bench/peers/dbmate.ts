import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { writeMigrations } from './files.ts';
import { type PreparePeer, targetUrl } from './peer.ts';
import { runProgram } from './process.ts';

/** The program itself, without the Node script that its package starts it with. */
export const dbmate: PreparePeer = async (migrations, folder) => {
  const name = 'dbmate';
  const program = findProgram();
  if (!program) {
    return {
      name,
      missing: `dbmate has no program for ${process.platform}-${process.arch}, so it is left out.`,
    };
  }
  await writeMigrations(folder, migrations, (sql) => `-- migrate:up\n${sql}\n-- migrate:down\n`);
  const version = await runProgram(program, ['--version']);
  return {
    name,
    version: /\d+(\.\d+)+/.exec(version)?.[0] ?? 'unknown',
    ledger: 'public.schema_migrations',
    canRepeat: true,
    run: async (target) => {
      // `migrate` and not `up`, which would look for the database first and create it.
      const args = ['--migrations-dir', folder, '--no-dump-schema', 'migrate'];
      await runProgram(program, args, { DATABASE_URL: targetUrl(target) });
    },
  };
};

function findProgram(): string | undefined {
  const home = path.dirname(createRequire(import.meta.url).resolve('dbmate/package.json'));
  const name = process.platform === 'win32' ? 'dbmate.exe' : 'dbmate';
  const program = path.join(home, '..', '@dbmate', `${process.platform}-${process.arch}`, 'bin', name);
  return existsSync(program) ? program : undefined;
}
