import { MOST_ATTEMPTS } from '../../remote/options.ts';
import { type HistoryReport, renderHistoryReport } from '../../reports/history.ts';
import { type PlanReport, renderPlanReport } from '../../reports/plan.ts';
import { renderStatusReport, type StatusReport } from '../../reports/status.ts';
import { renderVerifyReport, type VerifyReport } from '../../reports/verify.ts';
import type { Cli } from '../database-command.ts';
import type { ExitCode } from '../io.ts';
import { type Ask, presentRemote, type RemoteCommandOptions, runRemote, tellDifference } from './run.ts';

/** `status --remote`. @param verdict the exit code that the report comes to */
export function remoteStatus(
  cli: Cli,
  options: RemoteCommandOptions & { readonly history?: number },
  verdict: (report: StatusReport) => ExitCode,
): Promise<void> {
  return runRemote(cli, options, async ({ ask }) => {
    const { history } = options;
    const asked = history === undefined ? {} : { history: Math.min(history, MOST_ATTEMPTS) };
    const answer = await ask<StatusReport, 'status'>('status', asked);
    await tellDifference(cli, options, answer);
    return presentRemote(cli, answer, renderStatusReport, verdict(answer.report));
  });
}

/** `plan --remote`. */
export function remotePlan(
  cli: Cli,
  options: RemoteCommandOptions & {
    readonly to?: string;
    readonly steps?: number;
    readonly outOfOrder: boolean;
    readonly detach: boolean;
  },
): Promise<void> {
  return runRemote(cli, options, async ({ ask }) => {
    const { to, steps, outOfOrder, detach } = options;
    const answer = await ask<PlanReport, 'plan'>('plan', {
      ...(outOfOrder && { outOfOrder }),
      ...(to !== undefined && { to }),
      ...(steps !== undefined && { steps }),
      // A function that leaves files to the server by itself need not be told, and an older one would not know.
      ...(detach && { detach: 'always' as const }),
    });
    await tellDifference(cli, options, answer);
    return presentRemote(cli, answer, renderPlanReport, answer.report.status === 'invalid' ? 1 : 0);
  });
}

/** `verify --remote`. */
export function remoteVerify(cli: Cli, options: RemoteCommandOptions): Promise<void> {
  return runRemote(cli, options, async ({ ask }) => {
    const answer = await ask<VerifyReport, 'verify'>('verify', {});
    await tellDifference(cli, options, answer);
    return presentRemote(cli, answer, renderVerifyReport, answer.report.status === 'ok' ? 0 : 1);
  });
}

/** `history --remote`: as many pages as it takes. */
export function remoteHistory(
  cli: Cli,
  options: RemoteCommandOptions & { readonly limit: number; readonly before?: string },
): Promise<void> {
  return runRemote(cli, options, async ({ ask }) => {
    const answer = await readPages(ask, options.limit, options.before);
    // It is about what was done, whatever the files are.
    const { text, ...rest } = presentRemote(cli, answer, renderHistoryReport, 0);
    return { ...rest, text: text.slice(text.indexOf('\n') + 1) };
  });
}

async function readPages(ask: Ask, limit: number, before: string | undefined) {
  const page = (left: number, from: string | undefined) =>
    ask<HistoryReport, 'history'>('history', {
      limit: Math.min(left, MOST_ATTEMPTS),
      ...(from !== undefined && { before: from }),
    });
  const first = await page(limit, before);
  const attempts = [...first.report.attempts];
  let { next } = first.report;
  while (next !== undefined && attempts.length < limit) {
    const { report }: { readonly report: HistoryReport } = await page(limit - attempts.length, next);
    attempts.push(...report.attempts);
    next = report.next;
  }
  const { next: _, ...rest } = first.report;
  return { ...first, report: { ...rest, attempts, ...(next !== undefined && { next }) } };
}
