import { Option } from 'commander';
import { type DownTarget, undoesAll } from '../../plan/down.ts';
import { placeOfSettings } from '../../settings/place.ts';
import { count } from '../../text/format.ts';
import { parseCount } from '../command.ts';
import type { Cli } from '../database-command.ts';
import { assertDumpable, presentWithDump, withDumpOption } from '../dump-after.ts';
import {
  confirm,
  type MigrationOptions,
  type MigrationTools,
  presentMigrations,
  runMigrationCommand,
  runningCommand,
} from '../migration-command.ts';

interface DownOptions extends MigrationOptions {
  readonly to?: string;
  readonly steps: number;
  readonly dump?: string;
  readonly yes: boolean;
}

export function addDown(cli: Cli): void {
  withDumpOption(runningCommand(cli, 'down', 'undo applied migrations by their down files, newest first'))
    .alias('rollback')
    .option('--to <version>', 'undo everything after this version; none undoes all')
    .addOption(
      new Option('--steps <number>', 'how many to undo').argParser(parseCount).default(1).conflicts('to'),
    )
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Plain files cannot be undone. "--to 0" undoes all as well, unless a file has the number 0: then it
goes back to that version. What cannot be undone is refused by name before anything runs.

Examples:
  registry-jobs down
  registry-jobs down --steps 3 --yes
  registry-jobs down --to 201909251211
  registry-jobs down --to none`,
    )
    .action((options: DownOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) => {
        await assertDumpable(cli.io, settings, options.dump);
        const target: DownTarget = options.to === undefined ? { steps: options.steps } : { to: options.to };
        const what = describeTarget(target, undoesAll(compiled.migrations, target));
        await confirmUndoing(
          cli,
          options,
          { compiled, settings },
          target,
          `${what} in`,
          ', with the data in it',
        );
        const { down } = await import('../../jobs/down.ts');
        const report = await cli.stop.inOrder((signal) =>
          down(compiled, settings, target, { ...runOptions, signal }),
        );
        return presentWithDump(cli, settings, report, options.dump);
      }),
    );
}

export function addRedo(cli: Cli): void {
  runningCommand(cli, 'redo', 'undo the newest migration and apply it again')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', '\nFor a migration that is being written.\n\nExamples:\n  registry-jobs redo --yes')
    .action((options: MigrationOptions & { readonly yes: boolean }) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) => {
        await confirmUndoing(
          cli,
          options,
          { compiled, settings },
          { steps: 1 },
          'the newest migration in',
          ', with the data in it, and applies it again',
        );
        const { redo } = await import('../../jobs/redo.ts');
        return presentMigrations(
          await cli.stop.inOrder((signal) => redo(compiled, settings, { ...runOptions, signal })),
        );
      }),
    );
}

export function addResume(cli: Cli): void {
  runningCommand(cli, 'resume', 'go on with a file that runs without a transaction and stopped half way')
    .argument('[version]', 'only this version, or its number alone')
    .addOption(
      new Option('--from <statement>', 'the statement to go on with, counted from 1').argParser(parseCount),
    )
    .addHelpText(
      'after',
      `
Goes on after the last statement that is known to have succeeded. An invalid index that a
failed concurrent build left is dropped first. What is done must not have changed since.

When the answer to a statement was lost, nobody but you can tell whether it was done. Look in
the database, then say where to go on: --from 3 does the third statement and those after it.

Examples:
  registry-jobs resume
  registry-jobs resume --from 3
  registry-jobs resume 014_labels --from 3`,
    )
    .action((version: string | undefined, options: MigrationOptions & { readonly from?: number }) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, runOptions }) => {
        const { resume } = await import('../../jobs/resume.ts');
        return presentMigrations(
          await cli.stop.inOrder((signal) =>
            resume(compiled, settings, {
              ...runOptions,
              signal,
              ...(version !== undefined && { version }),
              ...(options.from !== undefined && { from: options.from }),
            }),
          ),
        );
      }),
    );
}

function describeTarget(target: DownTarget, isAll: boolean): string {
  if ('to' in target) return isAll ? 'every migration' : `every migration after ${target.to}`;
  return target.steps === 1 ? 'the newest migration' : `the newest ${target.steps} migrations`;
}

const MOST_SHOWN = 20;

/** Lists what would be undone before it asks; what cannot be undone is refused instead. */
async function confirmUndoing(
  cli: Cli,
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
  { compiled, settings }: Pick<MigrationTools, 'compiled' | 'settings'>,
  target: DownTarget,
  what: string,
  rest: string,
): Promise<void> {
  if (yes) return;
  const { filesToUndo } = await import('../../jobs/down.ts');
  const files = await filesToUndo(compiled, settings, target);
  // Nothing is asked where there is nothing to undo: the run says so.
  if (files.length === 0) return;
  if (!json) {
    const more = files.length - MOST_SHOWN;
    for (const file of files.slice(0, MOST_SHOWN)) cli.io.err(`  undo  ${file}\n`);
    if (more > 0) cli.io.err(`  and ${count(more, 'more file')}\n`);
  }
  await confirm(cli, yes, `This undoes ${what} ${placeOfSettings(settings.database)}${rest}.`);
}
