import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { stopped } from '../errors/stopped.ts';
import type { WarningReport } from '../errors/warning.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { AppliedReport, FailedReport } from '../reports/outcome.ts';
import { utc } from '../text/times.ts';
import { type Applied, type ApplyContext, applyTask } from './apply.ts';
import type { Session } from './dialect.ts';

/** What became of the tasks of a plan. */
export interface Done {
  readonly applied: AppliedReport[];
  readonly failed?: FailedReport;
  readonly notRun: readonly string[];
  /** Those that came up on the way, and are not of the plan. */
  readonly warnings: readonly WarningReport[];
}

/** Applies one task after the other, until one fails. */
export async function runTasks(
  session: Session,
  tasks: readonly Task[],
  context: ApplyContext,
): Promise<Done> {
  const applied: AppliedReport[] = [];
  const warnings: WarningReport[] = [];
  let isClean = true;
  for (const [index, task] of tasks.entries()) {
    const { file, statements } = scriptOf(task);
    const base = { version: task.migration.version, file, direction: task.direction };
    const notRun = tasks.slice(index + 1).map(({ migration }) => migration.version);
    const nothing = { outcome: 'not-started', durationMs: 0, attempts: 0, notices: [] } as const;
    if (context.signal?.aborted) {
      const error = toErrorReport(stopped(context.signal, ` before ${file} was begun`));
      return { applied, failed: { ...base, ...nothing, error }, notRun, warnings };
    }
    context.onEvent({
      type: 'migration-started',
      file,
      index: index + 1,
      total: tasks.length,
      statements: statements.length,
    });
    if (!isClean) {
      const error = toErrorReport(unclean(applied.at(-1)?.file));
      return { applied, failed: { ...base, ...nothing, error }, notRun, warnings };
    }
    const { warnings: found = [], ...result } = await applyTask(session, task, context);
    for (const warning of found) context.onEvent({ type: 'warned', ...warning });
    warnings.push(...found);
    if ('error' in result) return { applied, failed: result, notRun, warnings };
    const { isClean: clean, ...report }: Applied = result;
    isClean = clean;
    applied.push({ ...report, startedAt: utc(report.startedAt), finishedAt: utc(report.finishedAt) });
    const { direction, durationMs, attempts } = report;
    context.onEvent({
      type: 'migration-applied',
      file,
      direction,
      durationMs,
      statements: report.statements,
      attempts,
    });
  }
  return { applied, notRun: [], warnings };
}

function unclean(before = ''): RegistryJobsError {
  return new RegistryJobsError('session-lost', `After ${before} the session could not be used any more.`, {
    hint: 'Run again: it goes on from here.',
  });
}
