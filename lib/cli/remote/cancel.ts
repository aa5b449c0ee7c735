import type { CancelReport } from '../../reports/cancel.ts';
import type { Cli } from '../database-command.ts';
import { cancelShown } from '../present-cancel.ts';
import { type RemoteCommandOptions, runRemote } from './run.ts';

/** `cancel --remote`: see {@link cancelShown}. */
export function remoteCancel(
  cli: Cli,
  options: RemoteCommandOptions,
  sure: (planned: CancelReport) => Promise<void>,
): Promise<void> {
  return runRemote(cli, options, ({ ask, target, progress }) =>
    cancelShown(async ({ apply, only }) => {
      if (!apply) return (await ask<CancelReport, 'cancel'>('cancel', {})).report;
      progress.step(`Asking ${target.name} to cancel`);
      const { report } = await cli.stop.inOrder((signal) =>
        ask<CancelReport, 'cancel'>('cancel', { apply, ...only }, { signal }),
      );
      return report;
    }, sure),
  );
}
