import path from 'node:path';
import type { Command } from 'commander';
import { compileFolder } from '../../core/migrations/folder.ts';
import { renderMigrationReport } from '../../core/migrations/render.ts';
import { up } from '../../core/migrations/up.ts';
import { type Run, type Secrets, withDatabaseOptions, withMigrationsOption } from '../command.ts';
import type { Io } from '../io.ts';
import { createProgress, showMigrations } from '../progress.ts';
import { type DatabaseOptions, openSettings } from '../settings.ts';

interface UpOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly json: boolean;
  readonly outOfOrder: boolean;
}

export function addUp(program: Command, io: Io, secrets: Secrets, run: Run): void {
  const command = program
    .command('up')
    .description('apply the migrations that the database does not have yet');
  withMigrationsOption(withDatabaseOptions(command, io))
    .option('--out-of-order', 'apply files that are older than the newest applied one', false)
    .addHelpText(
      'after',
      `
Each file runs in one transaction, together with its row in schema_migrations. The first
that fails stops the run: files before it stay applied, and it leaves nothing behind.

Examples:
  registry-jobs up
  registry-jobs up --env staging
  registry-jobs up --migrations db/migrations --database-url postgres://me@localhost/shop`,
    )
    .action((options: UpOptions) =>
      run(options.json, async () => {
        const compiled = await compileFolder(path.resolve(io.folder, options.migrations), options.migrations);
        const progress = createProgress(io, options.json);
        try {
          const { settings } = await openSettings(options, 'migrate', io);
          secrets.add(settings);
          const report = await up(compiled, settings, {
            outOfOrder: options.outOfOrder,
            onEvent: showMigrations(progress),
          });
          return {
            report,
            text: renderMigrationReport(report),
            exitCode: report.status === 'failed' ? 1 : 0,
          };
        } finally {
          progress.end();
        }
      }),
    );
}
