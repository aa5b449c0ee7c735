import type { Cli } from '../database-command.ts';
import { addOperatorsCheck } from './operators/check.ts';
import { addOperatorsCreate } from './operators/create.ts';
import { addOperatorsDiff } from './operators/diff.ts';
import { addOperatorsExport } from './operators/export.ts';
import { addOperatorsInspect } from './operators/inspect.ts';
import { addOperatorsMigrate } from './operators/migrate.ts';
import { addOperatorsRepair } from './operators/repair.ts';

/** Adds the commands for the SQLite files of operator registries: one file each. */
export function addOperators(cli: Cli): void {
  const group = cli.program
    .command('operators')
    .description('make, keep, read and repair the SQLite file of an operator registry');
  for (const add of [
    addOperatorsCreate,
    addOperatorsCheck,
    addOperatorsMigrate,
    addOperatorsRepair,
    addOperatorsInspect,
    addOperatorsExport,
    addOperatorsDiff,
  ])
    add(cli, group);
}
