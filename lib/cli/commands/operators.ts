import type { Cli } from '../database-command.ts';
import { addOperatorsAdd } from './operators/add.ts';
import { addOperatorsCheck } from './operators/check.ts';
import { addOperatorsCreate } from './operators/create.ts';
import { addOperatorsDeprecate } from './operators/deprecate.ts';
import { addOperatorsMigrate } from './operators/migrate.ts';
import { addOperatorsRepair } from './operators/repair.ts';
import { addOperatorsRm } from './operators/rm.ts';

/** Adds the commands for the SQLite files of operator registries: one file each. */
export function addOperators(cli: Cli): void {
  const group = cli.program
    .command('operators')
    .description('make, change, keep and repair the SQLite file of an operator registry');
  for (const add of [
    addOperatorsCreate,
    addOperatorsCheck,
    addOperatorsAdd,
    addOperatorsRm,
    addOperatorsDeprecate,
    addOperatorsMigrate,
    addOperatorsRepair,
  ])
    add(cli, group);
}
