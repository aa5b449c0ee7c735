import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toSql } from '../generate.ts';
import type { PreparePeer } from './peer.ts';
import { runProgram } from './process.ts';

/** What a careful person would write by hand: one session, one script, a transaction and a ledger row for each file. */
export const psql: PreparePeer = async (migrations, folder) => {
  const name = 'psql';
  const version = await runProgram('psql', ['--version']).catch(() => undefined);
  if (version === undefined) {
    return {
      name,
      missing: 'psql is not installed, so nothing is compared with it (Debian: postgresql-client).',
    };
  }
  await mkdir(folder, { recursive: true });
  const script = path.join(folder, 'all.sql');
  await writeFile(
    script,
    [
      'CREATE TABLE schema_migrations (version varchar PRIMARY KEY, applied_at timestamp DEFAULT now());\n',
      ...migrations.map((migration) => {
        const row = `INSERT INTO schema_migrations (version) VALUES ('${migration.name}');\n`;
        return `BEGIN;\n${toSql(migration)}${row}COMMIT;\n`;
      }),
    ].join('\n'),
  );
  return {
    name,
    version: /\d+(\.\d+)*/.exec(version)?.[0] ?? 'unknown',
    ledger: 'public.schema_migrations',
    canRepeat: false,
    run: async (target) => {
      await runProgram('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '-q', '-f', script], {
        PGHOST: target.host,
        PGPORT: String(target.port),
        PGUSER: target.user,
        PGPASSWORD: target.password,
        PGDATABASE: target.database,
        PGSSLMODE: 'disable',
        PGGSSENCMODE: 'disable',
      });
    },
  };
};
