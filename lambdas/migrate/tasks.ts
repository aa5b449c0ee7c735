import { environmentVariables, version } from '../../lib/contract.ts';
import { cancel } from '../../lib/jobs/cancel.ts';
import { filesOfBundle, whenRun } from '../../lib/jobs/deployed.ts';
import { history } from '../../lib/jobs/history.ts';
import { look } from '../../lib/jobs/look.ts';
import { plan } from '../../lib/jobs/plan.ts';
import { status } from '../../lib/jobs/status.ts';
import { verify } from '../../lib/jobs/verify.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { type Answered, fitAnswer } from '../../lib/remote/answer.ts';
import { parseTaskOptions, type TaskOptions } from '../../lib/remote/options.ts';
import type { RemoteTask } from '../../lib/remote/protocol.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobResult, JobTools } from '../shared/handler.ts';
import { readBundle, runUp } from './run.ts';

/** What a task is done with. */
interface Asked {
  readonly compiled: CompiledMigrations;
  readonly settings: PostgresSettings;
  readonly tools: JobTools;
}

type Tasks = { readonly [T in RemoteTask]: (options: TaskOptions[T], asked: Asked) => Promise<object> };

/** Each the job of the command of the same name, with the files and the settings of this function. */
const tasks: Tasks = {
  status: (options, { compiled, settings }) => status(compiled, settings, options),
  // As `up` of this function takes files that are missing, and leaves files to the server.
  plan: ({ detach = 'when-needed', ...options }, { compiled, settings, tools }) =>
    plan(compiled, settings, {
      ...options,
      missingFiles: 'warn',
      detach,
      timeMs: tools.deadline - Date.now(),
    }),
  verify: (_, { compiled, settings }) => verify(compiled, settings),
  history: (options, { settings }) => history(settings, options),
  watch: (options, { compiled, settings }) => look(compiled, settings, options),
  cancel: ({ apply = false, pid, since }, { compiled, settings }) =>
    cancel(compiled, settings, {
      apply,
      ...(pid !== undefined && { only: { pid, ...(since !== undefined && { since }) } }),
    }),
  up: ({ plan: expectedPlan, waitMs, who, ...options }, { settings, tools }) =>
    runUp(waiting(settings, waitMs), asking(tools, who), {
      ...options,
      olderBundle: 'accept',
      ...(expectedPlan !== undefined && { expectedPlan }),
      ...(waitMs !== undefined && { waitForLockMs: waitMs }),
    }),
};

/** Those whose report says when its files were run. */
const TOLD: readonly RemoteTask[] = ['status', 'plan', 'verify'];

/**
 * Does what somebody asks of the function from outside of a deploy, and answers with data, in less than what Lambda takes.
 *
 * @throws UsageError `bad-task-options`; RegistryJobsError, what the command of that name throws
 */
export async function answer<T extends RemoteTask>(
  task: T,
  options: unknown,
  settings: PostgresSettings,
  tools: JobTools,
): Promise<JobResult<Answered<object>>> {
  const asked = parseTaskOptions(task, options);
  const compiled = await readBundle();
  const [report, run] = await Promise.all([
    tasks[task](asked, { compiled, settings, tools }),
    // The report itself tells why the database cannot be read.
    TOLD.includes(task) ? whenRun(compiled, settings).catch(() => ({})) : {},
  ]);
  const { status: outcome } = report as { readonly status?: string };
  return {
    report: fitAnswer({ report, deployed: { ...describe(compiled), ...run } }),
    text: '',
    failed: outcome === 'failed',
    // The report itself may be megabytes long, and goes to whoever has asked.
    logged: { task, ...(outcome !== undefined && { outcome }) },
  };
}

function describe(compiled: CompiledMigrations) {
  const parameterPath = process.env[environmentVariables.parameterPath];
  return {
    function: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'unknown',
    version,
    ...(parameterPath && { parameterPath }),
    files: filesOfBundle(compiled),
  };
}

function waiting(settings: PostgresSettings, waitMs: number | undefined): PostgresSettings {
  if (waitMs === undefined) return settings;
  return { ...settings, database: { ...settings.database, patience: { until: Date.now() + waitMs } } };
}

/** The request is in the logs of AWS, whoever he says that he is. */
function asking(tools: JobTools, who: string | undefined): JobTools {
  return who === undefined ? tools : { ...tools, who: `${who} by ${tools.who}` };
}
