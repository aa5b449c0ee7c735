import path from 'node:path';
import type { Command } from 'commander';
import { compileFolder } from '../../core/migrations/folder.ts';
import { renderStatusReport } from '../../core/migrations/render.ts';
import type { StatusReport } from '../../core/migrations/report.ts';
import { status } from '../../core/migrations/status.ts';
import { type Run, type Secrets, withDatabaseOptions, withMigrationsOption } from '../command.ts';
import type { ExitCode, Io } from '../io.ts';
import { type DatabaseOptions, openSettings } from '../settings.ts';

interface StatusOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly json: boolean;
  readonly check: boolean;
}

export function addStatus(program: Command, io: Io, secrets: Secrets, run: Run): void {
  const command = program
    .command('status')
    .description('show which migrations are applied and which are pending');
  withMigrationsOption(withDatabaseOptions(command, io))
    .option('--check', 'exit with 3 when migrations are pending, 1 when up would refuse', false)
    .addHelpText(
      'after',
      `
Neither writes nor waits: it can be run at any time, also while a migration runs.

Examples:
  registry-jobs status
  registry-jobs status --env production --json
  registry-jobs status --check && echo "up to date"`,
    )
    .action((options: StatusOptions) =>
      run(options.json, async () => {
        const compiled = await compileFolder(path.resolve(io.folder, options.migrations), options.migrations);
        const { settings } = await openSettings(options, 'migrate', io);
        secrets.add(settings);
        const report = await status(compiled, settings);
        return { report, text: renderStatusReport(report), exitCode: options.check ? verdict(report) : 0 };
      }),
    );
}

function verdict({ status: found }: StatusReport): ExitCode {
  return found === 'invalid' ? 1 : found === 'pending' ? 3 : 0;
}
