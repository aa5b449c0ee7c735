import type { Cli } from '../database-command.ts';
import { addOperatorsMigrate } from './operators/migrate.ts';
import { addOperatorsRepair } from './operators/repair.ts';

/** Adds the commands for the SQLite files of operator registries: one file each. */
export function addOperators(cli: Cli): void {
  const group = cli.program
    .command('operators')
    .description('keep and repair the SQLite file of an operator registry');
  for (const add of [addOperatorsMigrate, addOperatorsRepair]) add(cli, group);
}
