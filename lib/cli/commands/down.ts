import { InvalidArgumentError, Option } from 'commander';
import { down, redo, resume } from '../../core/migrations/down.ts';
import type { DownTarget } from '../../core/migrations/plan-down.ts';
import {
  type Cli,
  confirm,
  type MigrationOptions,
  migrationCommand,
  presentMigrations,
  runMigrationCommand,
} from '../migration-command.ts';

interface DownOptions extends MigrationOptions {
  readonly to?: string;
  readonly steps: number;
  readonly yes: boolean;
}

export function addDown(cli: Cli): void {
  migrationCommand(cli, 'down', 'undo applied migrations by their down files, newest first')
    .option('--to <version>', 'undo everything behind this version; 0 undoes all')
    .addOption(
      new Option('--steps <number>', 'how many to undo').argParser(parseSteps).default(1).conflicts('to'),
    )
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Plain files have no way back. What cannot be undone is refused by name before anything runs.

Examples:
  registry-jobs down
  registry-jobs down --steps 3 --yes
  registry-jobs down --to 201909251211`,
    )
    .action((options: DownOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) => {
        const target: DownTarget = options.to === undefined ? { steps: options.steps } : { to: options.to };
        const what = 'to' in target ? `everything behind ${target.to}` : `the last ${target.steps}`;
        const { database } = settings;
        await confirm(
          cli.io,
          options.yes,
          `This undoes ${what} in ${database.database} on ${database.host}, with the data in it.`,
        );
        return presentMigrations(await down(compiled, settings, target, runOptions));
      }),
    );
}

export function addRedo(cli: Cli): void {
  migrationCommand(cli, 'redo', 'undo the newest migration and apply it again')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', '\nFor a migration that is being written.\n\nExamples:\n  registry-jobs redo --yes')
    .action((options: MigrationOptions & { readonly yes: boolean }) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) => {
        const { database } = settings;
        await confirm(
          cli.io,
          options.yes,
          `This undoes the newest migration in ${database.database} on ${database.host}.`,
        );
        return presentMigrations(await redo(compiled, settings, runOptions));
      }),
    );
}

export function addResume(cli: Cli): void {
  migrationCommand(cli, 'resume', 'go on with a file that runs without a transaction and stopped half way')
    .addHelpText(
      'after',
      `
Goes on behind the last statement that is known to have succeeded. An invalid index that a
failed concurrent build left behind is dropped first. The file must not have changed since.

Examples:
  registry-jobs resume`,
    )
    .action((options: MigrationOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) =>
        presentMigrations(await resume(compiled, settings, runOptions)),
      ),
    );
}

function parseSteps(text: string): number {
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1) return steps;
  throw new InvalidArgumentError('not a whole number from 1');
}
