import { Option } from 'commander';
import { lintAsSarif, renderLintForGitHub, renderLintReport } from '../../reports/lint.ts';
import type { Cli } from '../database-command.ts';
import { filesOf, sayingWhoNamedIt, withFilesOptions } from '../migration-command.ts';
import { findSqlite } from '../settings.ts';

interface LintOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly databaseUrl?: string;
  readonly since?: string;
  readonly format: 'text' | 'github' | 'sarif';
  readonly strict: boolean;
  readonly json: boolean;
}

export function addLint(cli: Cli): void {
  const { program, io, run, version } = cli;
  const command = program
    .command('lint')
    .description('say what can be known of the files without a database');
  withFilesOptions(command)
    .option(
      '--database-url <url>',
      'the database that they are for, of which nothing is asked (env: DATABASE_URL)',
    )
    .option('--since <version>', 'only files after this version: older ones are applied')
    .option('--strict', 'exit with 1 for warnings, too', false)
    .addOption(
      new Option('--format <format>', 'how findings are written')
        .choices(['text', 'github', 'sarif'])
        .default('text'),
    )
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Tells what "up" would refuse, what it would warn of, and statements that block others, lose data,
or, in a plain file, cannot run twice; with what is safe instead. Exits with 1 for errors. A line
above a statement leaves a rule out there, one at the top of the file in all of it:
  -- lint-ignore: index-blocks-writes (the table is small)

Examples:
  registry-jobs lint
  registry-jobs lint --since 026 --strict
  registry-jobs lint --format github
  registry-jobs lint --database-url sqlite:./index.db
  registry-jobs lint --format sarif > lint.sarif`,
    )
    .action((options: LintOptions) =>
      run(options.json || options.format === 'sarif', async () => {
        const { since, format } = options;
        // Loaded only here, like everything that one command alone needs.
        const { lint } = await import('../../jobs/lint.ts');
        const [folder, shownAs, files] = filesOf(io, options);
        const env = io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development';
        const { databaseUrl } = options;
        const database = await findSqlite({ env, ...(databaseUrl !== undefined && { databaseUrl }) }, io);
        const only = { ...files, database, ...(since !== undefined && { since }) };
        const report = await sayingWhoNamedIt(cli, () => lint(folder, shownAs, only));
        const fails = report.status === 'errors' || (options.strict && report.status === 'warnings');
        return {
          report: format === 'sarif' && !options.json ? lintAsSarif(report, version) : report,
          text: format === 'github' ? renderLintForGitHub(report) : renderLintReport(report),
          exitCode: fails ? 1 : 0,
        };
      }),
    );
}
