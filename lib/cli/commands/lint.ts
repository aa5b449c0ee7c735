import { renderLintReport } from '../../reports/lint.ts';
import type { Cli } from '../database-command.ts';
import { type FindingsOptions, isDocument, presentFindings, withFindingsOptions } from '../findings.ts';
import { filesOf, sayingWhoNamedIt, withFilesOptions } from '../migration-command.ts';
import { findSqlite } from '../settings.ts';

interface LintOptions extends FindingsOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly databaseUrl?: string;
  readonly since?: string;
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
    .option('--since <version>', 'only files after this version: older ones are applied');
  withFindingsOptions(command)
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
      run(isDocument(options), async () => {
        const { since } = options;
        // Loaded only here, like everything that one command alone needs.
        const { lint } = await import('../../jobs/lint.ts');
        const [folder, shownAs, files] = filesOf(io, options);
        const env = io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development';
        const { databaseUrl } = options;
        const database = await findSqlite({ env, ...(databaseUrl !== undefined && { databaseUrl }) }, io);
        const only = { ...files, database, ...(since !== undefined && { since }) };
        const report = await sayingWhoNamedIt(cli, () => lint(folder, shownAs, only));
        return presentFindings(report, options, version, renderLintReport);
      }),
    );
}
