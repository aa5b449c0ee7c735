import type { Command } from 'commander';
import { type Cli, withProgress } from '../../database-command.ts';
import { type FindingsOptions, isDocument, presentFindings, withFindingsOptions } from '../../findings.ts';
import { placeNamed } from './place.ts';

export function addOperatorsCheck(cli: Cli, group: Command): void {
  const { io, run, version } = cli;
  const command = group
    .command('check')
    .argument('<folder>', 'the folder of manifests, or the file of a ConfigMap')
    .description('say what is wrong with a folder of manifests, all of it; writes nothing');
  withFindingsOptions(command)
    .addHelpText(
      'after',
      `
Tells what "operators create" would refuse, with file, line and column, and what it would pass by:
documents after the first one, a package that is there twice. Exits with 1 for errors.

Examples:
  registry-jobs operators check manifests
  registry-jobs operators check manifests --format github`,
    )
    .action((folder: string, options: FindingsOptions) =>
      run(isDocument(options), () =>
        withProgress(cli, options.json || options.format !== 'text', async (progress) => {
          // Loaded only here: the reader of YAML, and SQLite.
          const { checkOperators } = await import('../../../operators/check.ts');
          const { renderOperatorsCheckReport } = await import('../../../reports/operators-check.ts');
          const report = await checkOperators(placeNamed(io, folder), {
            shownAs: folder,
            onFile: (done, all) => progress.step(`Reading ${folder}`, `: ${done} of ${all} files`),
          });
          return presentFindings(report, options, version, renderOperatorsCheckReport);
        }),
      ),
    );
}
