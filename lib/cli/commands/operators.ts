import type { Cli } from '../database-command.ts';
import { addOperatorsAdd } from './operators/add.ts';
import { addOperatorsCheck } from './operators/check.ts';
import { addOperatorsCreate } from './operators/create.ts';
import { addOperatorsDeprecate } from './operators/deprecate.ts';
import { addOperatorsDiff } from './operators/diff.ts';
import { addOperatorsExport } from './operators/export.ts';
import { addOperatorsInspect } from './operators/inspect.ts';
import { addOperatorsMigrate } from './operators/migrate.ts';
import { addOperatorsRepair } from './operators/repair.ts';
import { addOperatorsRm } from './operators/rm.ts';

/** Adds the commands for the SQLite files of operator registries: one file each. */
export function addOperators(cli: Cli): void {
  const group = cli.program
    .command('operators')
    // What each takes, its own help says; beside it there would be no room for what it does.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .description('make, change, keep, read and repair the SQLite file of an operator registry');
  for (const add of [
    addOperatorsCreate,
    addOperatorsCheck,
    addOperatorsInspect,
    addOperatorsDiff,
    addOperatorsAdd,
    addOperatorsRm,
    addOperatorsDeprecate,
    addOperatorsMigrate,
    addOperatorsRepair,
    addOperatorsExport,
  ])
    add(cli, group);
}
