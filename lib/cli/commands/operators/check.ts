import path from 'node:path';
import { type Command, Option } from 'commander';
import { lintAsSarif, renderLintForGitHub } from '../../../reports/lint.ts';
import { renderOperatorsCheckReport } from '../../../reports/operators-check.ts';
import { type Cli, withProgress } from '../../database-command.ts';

interface CheckOptions {
  readonly strict: boolean;
  readonly format: 'text' | 'github' | 'sarif';
  readonly json: boolean;
}

export function addOperatorsCheck(cli: Cli, group: Command): void {
  const { io, run, version } = cli;
  group
    .command('check')
    .argument('<folder>', 'the folder of manifests')
    .description('say what is wrong with a folder of manifests, all of it; writes nothing')
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
Tells what "operators create" would refuse, with file, line and column, and what it would pass by:
documents after the first one, a package that is there twice. Exits with 1 for errors.

Examples:
  registry-jobs operators check manifests
  registry-jobs operators check manifests --format github`,
    )
    .action((folder: string, { strict, format, json }: CheckOptions) =>
      run(json || format === 'sarif', () =>
        withProgress(cli, json || format !== 'text', async (progress) => {
          // Loaded only here: the reader of YAML, and SQLite.
          const { checkOperators } = await import('../../../operators/check.ts');
          const report = await checkOperators(path.resolve(io.folder, folder), {
            shownAs: folder,
            onFile: (done, all) => progress.step(`Reading ${folder}`, `: ${done} of ${all} files`),
          });
          const fails = report.status === 'errors' || (strict && report.status === 'warnings');
          return {
            report: format === 'sarif' && !json ? lintAsSarif(report, version) : report,
            text: format === 'github' ? renderLintForGitHub(report) : renderOperatorsCheckReport(report),
            exitCode: fails ? 1 : 0,
          };
        }),
      ),
    );
}
