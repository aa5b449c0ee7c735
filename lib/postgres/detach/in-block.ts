import { progressName } from '../../plan/progress-name.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { namesSecret } from '../../secrets/mask-secrets.ts';
import { readOwnRow } from '../attempt/ask-database.ts';
import type { FlightOptions, RunInBlock } from '../attempt/flight-types.ts';
import { quoteLiteral } from '../identifiers.ts';
import { journalTable } from '../ledger/journal.ts';
import { applicationName } from '../session/session-options.ts';
import { blockSql } from './block.ts';
import { causeOf } from './explain-row.ts';
import { placesOf, secretsOf } from './message.ts';

/** Runs one statement of a file without a transaction, and its record, as one message: the server makes an end of both. */
export function createRunInBlock(task: Task, options: FlightOptions): RunInBlock {
  const { context, start, statementTimeoutMs } = options;
  const script = scriptOf(task);
  const name = applicationName(context.settings.database, `registry-jobs ${context.purpose}`);
  const [places, secrets] = [placesOf(script), secretsOf(script, context.settings.database.password)];
  const speaksOfSecrets = namesSecret(script.text);
  return async (connection, step, record, attempt) => {
    if (attempt > 1) await connection.send(startAgainSql(context.ledger, start.id));
    const block = blockSql({
      steps: [step, ...record.map((sql) => ({ part: 'record', sql }) as const)],
      speaksOfSecrets,
      ...{ places, secrets, start, ledger: context.ledger, limitMs: statementTimeoutMs },
      progress: (statement) => progressName(name, statement, script.statements.length),
      major: Number.parseInt(connection.serverVersion, 10),
      done: step.index ?? 0,
    });
    await connection.send(`BEGIN READ WRITE;\n${block};\nCOMMIT`, { mayTakeMs: Infinity, withoutRows: true });
    const row = await readOwnRow(connection, context.ledger, start.id);
    if (row?.status === 'failed' && row.failure) throw causeOf(row.failure, script);
  };
}

/** What failed because another transaction was in the way is tried again. */
function startAgainSql(ledger: Parameters<typeof journalTable>[0], id: string): string {
  return `BEGIN READ WRITE; UPDATE ${journalTable(ledger)} SET status = 'running', error = NULL, failure = NULL, finished_at = NULL
    WHERE id = ${quoteLiteral(id)}; COMMIT`;
}
