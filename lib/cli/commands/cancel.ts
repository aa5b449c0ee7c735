import { type CancelReport, renderCancelReport } from '../../reports/cancel.ts';
import { exactPlaceOf } from '../../text/place.ts';
import type { CommandResult } from '../command.ts';
import type { Cli } from '../database-command.ts';
import {
  confirm,
  type MigrationOptions,
  migrationCommand,
  runMigrationCommand,
} from '../migration-command.ts';

interface CancelOptions extends MigrationOptions {
  readonly yes: boolean;
}

export function addCancel(cli: Cli): void {
  migrationCommand(cli, 'cancel', 'cancel a run of migrations that is at work, also in the server alone')
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
  registry-jobs cancel --env production --yes`,
    )
    .action((options: CancelOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings }) => {
        const { cancel } = await import('../../jobs/cancel.ts');
        const planned = await cancel(compiled, settings);
        const { running } = planned;
        if (!running) return presentCancel(planned);
        if (!options.yes && !options.json && cli.io.isTerminal)
          cli.io.err(`${renderCancelReport(planned)}\n`);
        const question = `This cancels ${running.file ?? 'the run'} (pid ${running.pid}) in ${exactPlaceOf(planned.database)}: what it has not committed is lost.`;
        await confirm(cli, options.yes, question);
        const { pid, since } = running;
        const only = { pid, ...(since !== undefined && { since }) };
        return presentCancel(
          await cli.stop.inOrder((signal) => cancel(compiled, settings, { apply: true, only, signal })),
        );
      }),
    );
}

/** The result of `cancel`, here or in a function. */
export function presentCancel(report: CancelReport): CommandResult {
  const isDone = report.status === 'cancelled' || report.status === 'not-running';
  return { report, text: renderCancelReport(report), exitCode: isDone ? 0 : 1 };
}
