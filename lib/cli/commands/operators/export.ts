import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Cli, withProgress } from '../../database-command.ts';
import { placeNamed } from './place.ts';

interface ExportOptions {
  readonly package: readonly string[];
  readonly output: string;
  readonly format?: 'json' | 'yaml';
  readonly keepDeprecated: boolean;
  readonly replace: boolean;
  readonly json: boolean;
}

export function addOperatorsExport(cli: Cli, group: Command): void {
  const { io, run, stop } = cli;
  group
    .command('export')
    .argument('<file>', 'the SQLite file of an operator registry, of any version')
    .description('write it as a file-based catalog, which is what clusters take today')
    .option(
      '--package <name>',
      'only this package; may be given several times',
      (name: string, all: string[]) => [...all, name],
      [],
    )
    .option('--output <place>', 'a file (.json, .yaml), a folder, or - for standard output', notEmpty, '-')
    .addOption(
      new Option(
        '--format <format>',
        'how documents are written (default: as the output is named, or json)',
      ).choices(['json', 'yaml']),
    )
    .option('--keep-deprecated', 'take deprecated bundles along, and name them in olm.deprecations', false)
    .option('--replace', 'take the place of a file that is there', false)
    .option('--json', 'write the report as one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
All is checked first, as a cluster would: one head for each channel, a chain that leads from it to
every bundle that is not skipped, versions, a default channel. Then it is written as a whole, or not
at all; a folder gets one folder for each package. A file of an older version is read in a copy in
memory, migrated and repaired there. The file itself is never written.

Examples:
  registry-jobs operators export index.db > catalog.json
  registry-jobs operators export index.db --output catalog
  registry-jobs operators export index.db --package etcd --output etcd.yaml`,
    )
    .action((file: string, options: ExportOptions) => {
      const toOutput = options.output === '-';
      const json = options.json && !toOutput;
      return run(json, () =>
        withProgress(cli, json || toOutput, () =>
          stop.inOrder(async (signal) => {
            // Loaded only here, like everything that one command alone needs.
            const { exportOperators } = await import('../../../operators/export.ts');
            const { renderOperatorsExportReport } = await import('../../../reports/operators-export.ts');
            const report = await exportOperators(
              placeNamed(io, file),
              toOutput ? io.out : absolute(io.folder, options.output),
              {
                packages: options.package,
                keepDeprecated: options.keepDeprecated,
                replace: options.replace,
                shownAs: file,
                outputShownAs: options.output,
                signal,
                ...(options.format && { format: options.format }),
              },
            );
            const text = renderOperatorsExportReport(report);
            // The catalog alone is on standard output.
            if (toOutput) io.err(`${options.json ? JSON.stringify(report, null, 2) : text}\n`);
            const exitCode = report.status === 'failed' ? 1 : 0;
            return { report, text: toOutput ? '' : text, exitCode };
          }),
        ),
      );
    });
}

/** A slash at the end says that it is a folder. */
function absolute(folder: string, output: string): string {
  return path.resolve(folder, output) + (output.endsWith('/') ? '/' : '');
}

function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('Name a file, a folder, or - for standard output.');
  return text;
}
