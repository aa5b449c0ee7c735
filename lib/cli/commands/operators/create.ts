import type { Command } from 'commander';
import { type Cli, withProgress } from '../../database-command.ts';
import { placeNamed } from './place.ts';

interface CreateOptions {
  readonly database: string;
  readonly permissive: boolean;
  readonly replace: boolean;
  readonly json: boolean;
}

export function addOperatorsCreate(cli: Cli, group: Command): void {
  const { io, run, stop } = cli;
  group
    .command('create')
    .argument(
      '<folder>',
      'the folder of manifests, packages and a folder for each bundle; or the file of a ConfigMap',
    )
    .description('make the SQLite file of a folder of manifests')
    .requiredOption('--database <file>', 'the file to make, such as index.db')
    .option('--replace', 'take the place of a file that is there', false)
    .option('--permissive', 'load what is sound, and exit with 0 whatever is wrong with the rest', false)
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Reads every file below the folder, but for names that begin with a dot: YAML and JSON, as the
registry's own tools do. The file is made at the newest version of the schema, as a whole or not
at all: where something is wrong, all of it is told with file and line, and nothing is written.

Examples:
  registry-jobs operators create manifests --database index.db
  registry-jobs operators create manifests --database index.db --replace
  registry-jobs operators create manifests --database index.db --permissive`,
    )
    .action((folder: string, options: CreateOptions) =>
      run(options.json, () =>
        withProgress(cli, options.json, (progress) =>
          stop.inOrder(async (signal) => {
            // Loaded only here: the reader of YAML, and SQLite.
            const { createOperators } = await import('../../../operators/create.ts');
            const { renderOperatorsCreateReport } = await import('../../../reports/operators-create.ts');
            const report = await createOperators(placeNamed(io, folder), placeNamed(io, options.database), {
              shownAs: folder,
              databaseShownAs: options.database,
              permissive: options.permissive,
              replace: options.replace,
              signal,
              onFile: (done, all) => progress.step(`Reading ${folder}`, `: ${done} of ${all} files`),
            });
            const exitCode = report.status === 'failed' ? 1 : 0;
            return { report, text: renderOperatorsCreateReport(report), exitCode };
          }),
        ),
      ),
    );
}
