import { compileFolder } from '../../lib/jobs/compile.ts';
import { up } from '../../lib/jobs/up.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { packagedProgram } from '../program.ts';
import { writeMigrations } from './files.ts';
import { type PreparePeer, type Target, targetUrl } from './peer.ts';
import { runProgram } from './process.ts';

const { version } = packageJson;
const ledger = 'public.schema_migrations';

/** The engine as the Lambda calls it: the migrations are parsed before the clock starts. */
export const registryJobsInProcess: PreparePeer = async (migrations, folder) => {
  await writeMigrations(folder, migrations);
  const compiled = await compileFolder(folder, 'migrations');
  return {
    name: 'registry-jobs, engine only',
    version,
    ledger,
    canRepeat: true,
    run: async (target) => {
      const report = await up(compiled, settingsFor(target));
      if (report.status === 'failed') throw new Error(renderMigrationReport(report));
    },
  };
};

/** The command, with the start of Node, the loading of what the package holds and the parsing of all files. */
export const registryJobsCommand: PreparePeer = async (migrations, folder) => {
  await writeMigrations(folder, migrations);
  const program = await packagedProgram();
  return {
    name: 'registry-jobs up',
    version,
    ledger,
    canRepeat: true,
    run: async (target) => {
      const args = [program, 'up', '--migrations', folder];
      await runProgram(process.execPath, args, { DATABASE_URL: targetUrl(target) });
    },
  };
};

export function settingsFor(target: Target): PostgresSettings {
  return {
    environment: 'bench',
    database: { ...target, tls: { mode: 'disable' }, connectTimeoutMs: 10_000 },
    ledger: defaultLedger,
    migrations: { lockTimeoutMs: 2_000 },
    statistics: { functions: [], timeoutMs: 60_000 },
    maintenance: false,
  };
}
