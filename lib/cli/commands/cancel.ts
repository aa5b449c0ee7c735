import { type CancelReport, renderCancelReport } from '../../reports/cancel.ts';
import { exactPlaceOf } from '../../text/place.ts';
import type { Cli } from '../database-command.ts';
import {
  confirm,
  type MigrationOptions,
  migrationCommand,
  runMigrationCommand,
} from '../migration-command.ts';
import { cancelShown } from '../present-cancel.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

interface CancelOptions extends MigrationOptions, RemoteOptions {
  readonly yes: boolean;
}

export function addCancel(cli: Cli): void {
  withRemoteOptions(
    migrationCommand(cli, 'cancel', 'cancel a run of migrations that is at work, also in the server alone'),
  )
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Asks the server to cancel the statement that the run is at, waits until the run has ended, and
says what is true then. A file in a transaction leaves nothing; of one without, the statements
before stay done. Nothing is cancelled but the process that was shown.

Exits with 1 when the file was applied before, or has not ended in ten seconds.

Examples:
  registry-jobs cancel
  registry-jobs cancel --env production --yes
  registry-jobs cancel --env production --remote`,
    )
    .action(async (options: CancelOptions) => {
      const sure = async (planned: CancelReport) => {
        const { running, database } = planned;
        if (!options.yes && !options.json && cli.io.isTerminal)
          cli.io.err(`${renderCancelReport(planned)}\n`);
        const question = `This cancels ${running?.file ?? 'the run'} (pid ${running?.pid}) in ${exactPlaceOf(database)}: what it has not committed is lost.`;
        await confirm(cli, options.yes, question);
      };
      if (options.remote) {
        const { remoteCancel } = await import('../remote/cancel.ts');
        return remoteCancel(cli, options, sure);
      }
      return runMigrationCommand(cli, options, async ({ compiled, settings }) => {
        const { cancel } = await import('../../jobs/cancel.ts');
        return cancelShown((asked) => {
          if (!asked.apply) return cancel(compiled, settings);
          return cli.stop.inOrder((signal) => cancel(compiled, settings, { ...asked, signal }));
        }, sure);
      });
    });
}
