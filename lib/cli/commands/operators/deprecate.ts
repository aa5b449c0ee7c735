import type { Command } from 'commander';
import type { Cli } from '../../database-command.ts';
import { type ChangeOptions, runChange, withChangeOptions } from './change.ts';
import { placeNamed } from './place.ts';

export function addOperatorsDeprecate(cli: Cli, group: Command): void {
  withChangeOptions(
    group
      .command('deprecate')
      .argument('<file>', 'the SQLite file of an operator registry')
      .argument('<bundle...>', 'the images or the names of bundles')
      .description('end the chain of a channel at a bundle')
      .option('--remove-packages', 'remove a package where the heads of all its channels are named', false),
  )
    .addHelpText(
      'after',
      `
What a bundle replaces and skips leaves its channels, all the way down, and the registry where
nothing else needs it. The bundle stays, as the end of the chain, and is marked as deprecated. A
channel whose head it is goes; the head of the default channel is refused. All is one transaction.
Shows what it would do, and asks.

Examples:
  registry-jobs operators deprecate index.db etcd.v1.0.0
  registry-jobs operators deprecate index.db quay.io/coreos/etcd-bundle:v1.0.0 --yes`,
    )
    .action(
      (file: string, bundles: string[], options: ChangeOptions & { readonly removePackages: boolean }) =>
        runChange(cli, options, `This changes ${file}.`, async (write) => {
          const { deprecateOperators } = await import('../../../operators/change/deprecate.ts');
          return deprecateOperators(placeNamed(cli.io, file), bundles, {
            shownAs: file,
            removePackages: options.removePackages,
            write,
          });
        }),
    );
}
