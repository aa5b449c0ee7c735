import type { Command } from 'commander';
import type { Cli } from '../../database-command.ts';
import { placeNamed } from './place.ts';

interface RepairOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

export function addOperatorsRepair({ io, run }: Cli, group: Command): void {
  group
    .command('repair')
    .argument('<file>', 'the SQLite file of an operator registry')
    .description('derive again what old loaders and defects have lost')
    .option('--yes', 'write it; without this it is shown only', false)
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Reads the manifests inside, the csv and the objects of each bundle, and derives again what the
other tables lack: versions, ranges that are skipped, APIs that are provided and required,
dependencies, properties, images, keys. NULL becomes "" where loaders write that, and the second
of two equal rows goes. What is there and may be right stays. What no manifest holds, such as
channels, is named. All is one transaction. The file has to be at the newest version.

Examples:
  registry-jobs operators migrate index.db
  registry-jobs operators repair index.db
  registry-jobs operators repair index.db --yes`,
    )
    .action((file: string, options: RepairOptions) =>
      run(options.json, async () => {
        // Loaded only here, like everything that one command alone needs.
        const { repairOperators } = await import('../../../operators/repair.ts');
        const { renderOperatorsRepairReport } = await import('../../../reports/operators-repair.ts');
        const report = await repairOperators(placeNamed(io, file), {
          shownAs: file,
          write: options.yes,
        });
        return { report, text: renderOperatorsRepairReport(report), exitCode: 0 };
      }),
    );
}
