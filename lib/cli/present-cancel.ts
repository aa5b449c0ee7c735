import { type CancelReport, renderCancelReport } from '../reports/cancel.ts';
import type { CommandResult } from './command.ts';

/** The result of `cancel`, here or in a function. */
export function presentCancel(report: CancelReport): CommandResult {
  const isDone = report.status === 'cancelled' || report.status === 'not-running';
  return { report, text: renderCancelReport(report), exitCode: isDone ? 0 : 1 };
}
