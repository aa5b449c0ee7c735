import type { Command } from 'commander';
import type { Cli } from '../../database-command.ts';
import { type ChangeOptions, runChange, withChangeOptions } from './change.ts';
import { placeNamed } from './place.ts';

export function addOperatorsRm(cli: Cli, group: Command): void {
  withChangeOptions(
    group
      .command('rm')
      .argument('<file>', 'the SQLite file of an operator registry')
      .argument('<package...>', 'the packages')
      .description('remove packages with their channels and bundles')
      .option('--keep', 'remove all packages but those that are named', false),
  )
    .addHelpText(
      'after',
      `
Removes the bundles of the packages with all that belongs to them, and then those of any package
that stand in no channel. A bundle that is in another package as well stays there. A file of an
older version is brought to the newest one first. All is one transaction. Shows what it would do,
and asks.

Examples:
  registry-jobs operators rm index.db etcd
  registry-jobs operators rm index.db etcd prometheus --keep`,
    )
    .action((file: string, packages: string[], options: ChangeOptions & { readonly keep: boolean }) =>
      runChange(cli, options, `This changes ${file}.`, async (write) => {
        const { rmOperators } = await import('../../../operators/change/rm.ts');
        return rmOperators(placeNamed(cli.io, file), packages, {
          shownAs: file,
          keep: options.keep,
          write,
        });
      }),
    );
}
