import type { CancelReport } from '../../reports/cancel.ts';
import type { Cli } from '../database-command.ts';
import { presentCancel } from '../present-cancel.ts';
import { type RemoteCommandOptions, runRemote } from './run.ts';

/**
 * `cancel --remote`: looks first, and cancels what was shown, nothing else.
 *
 * @param sure asks whether it is meant @throws UsageError `not-confirmed`
 */
export function remoteCancel(
  cli: Cli,
  options: RemoteCommandOptions,
  sure: (planned: CancelReport) => Promise<void>,
): Promise<void> {
  return runRemote(cli, options, async ({ ask, target, progress }) => {
    const { report: planned } = await ask<CancelReport, 'cancel'>('cancel', {});
    const { running } = planned;
    if (!running) return presentCancel(planned);
    await sure(planned);
    const { pid, since } = running;
    progress.step(`Asking ${target.name} to cancel`);
    const { report } = await cli.stop.inOrder((signal) =>
      ask<CancelReport, 'cancel'>(
        'cancel',
        { apply: true, pid, ...(since !== undefined && { since }) },
        { signal },
      ),
    );
    return presentCancel(report);
  });
}
