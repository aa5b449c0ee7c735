import type { CancelOptions } from '../jobs/cancel.ts';
import { type CancelReport, renderCancelReport } from '../reports/cancel.ts';
import type { CommandResult } from './command.ts';

/**
 * `cancel`, here or in a function: looks first, and cancels what was shown, nothing else.
 *
 * @param cancel looks only; with `apply` it cancels
 * @param sure asks whether it is meant @throws UsageError `not-confirmed`
 */
export async function cancelShown(
  cancel: (asked: Pick<CancelOptions, 'apply' | 'only'>) => Promise<CancelReport>,
  sure: (planned: CancelReport) => Promise<void>,
): Promise<CommandResult> {
  const planned = await cancel({});
  const { running } = planned;
  if (!running) return present(planned);
  await sure(planned);
  const { pid, since } = running;
  return present(await cancel({ apply: true, only: { pid, ...(since !== undefined && { since }) } }));
}

function present(report: CancelReport): CommandResult {
  const isDone = report.status === 'cancelled' || report.status === 'not-running';
  return { report, text: renderCancelReport(report), exitCode: isDone ? 0 : 1 };
}
