import { defaultLedger } from '../advisory-lock.ts';
import { withConnection } from '../connection.ts';
import type { Settings } from '../settings/settings.ts';
import { maskSecrets } from '../sql/mask-secrets.ts';
import { statementText } from '../sql/statement.ts';
import type { CompiledMigrations } from './compiled.ts';
import { assertOurs } from './ledger.ts';
import { type Plan, planUp } from './plan.ts';
import { planHash } from './plan-hash.ts';
import type { PlannedTask, PlanReport } from './report.ts';
import { knownOf } from './run.ts';
import type { StatusOptions } from './status.ts';
import { survey } from './survey.ts';
import { scriptOf, type Task } from './task.ts';

/**
 * Says what `up` would do now, statement by statement, without doing it. Neither writes nor waits.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function plan(
  compiled: CompiledMigrations,
  settings: Settings,
  options: Omit<StatusOptions, 'history'> = {},
): Promise<PlanReport> {
  const ledger = options.ledger ?? defaultLedger;
  return withConnection(settings.database, 'registry-jobs plan', async (connection) => {
    const found = await survey(connection, settings.database, ledger);
    assertOurs(ledger, found.ledger);
    const made = planUp(compiled.migrations, knownOf(found), options);
    return {
      command: 'plan',
      status: statusOf(made),
      environment: settings.environment,
      database: found.database,
      hash: planHash(made),
      tasks: made.tasks.map(describeTask),
      warnings: made.warnings,
      problems: made.problems,
    };
  });
}

function statusOf({ problems, tasks }: Plan): PlanReport['status'] {
  if (problems.length > 0) return 'invalid';
  return tasks.length > 0 ? 'pending' : 'up-to-date';
}

function describeTask(task: Task): PlannedTask {
  const script = scriptOf(task);
  const { file, statements, directives } = script;
  return {
    version: task.migration.version,
    file,
    direction: task.direction,
    transaction: directives.transaction,
    ...(directives.expectedMs !== undefined && { expectedMs: directives.expectedMs }),
    statements: statements.map((statement) => ({
      line: statement.line,
      kind: statement.kind,
      text: beginning(statementText(script, statement)),
      ...(statement.lock && { lock: statement.lock }),
    })),
  };
}

/** Enough of a statement to recognise it, on one line. */
function beginning(sql: string): string {
  const WIDTH = 60;
  const line = maskSecrets(sql).replace(/\s+/g, ' ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 3)}...` : line;
}
