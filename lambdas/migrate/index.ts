import type { Handler } from 'aws-lambda';
import { parseEvent } from '../../lib/remote/protocol.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { createHandler } from '../shared/handler.ts';
import { answerAtOnce, deploy } from './deploy.ts';
import { runUp } from './run.ts';
import { answer } from './tasks.ts';

const work = createHandler<object>(
  'migrate',
  async (settings, tools, event) => {
    const asked = parseEvent(event);
    if (asked.kind === 'deploy') return deploy(asked, settings, tools);
    if (asked.kind === 'task') return answer(asked.task, asked.options, settings, tools);
    if (asked.kind === 'refused') throw asked.error;
    // The same bundle may be called by hand after a newer one was deployed, and rolled back.
    const report = await runUp(settings, tools, { olderBundle: 'accept' });
    return { report, text: renderMigrationReport(report), failed: report.status === 'failed' };
  },
  (event) => ['task', 'refused'].includes(parseEvent(event).kind),
);

/** Applies the migrations of this bundle in a deploy or when it is called, or answers a question about them. */
export const handler: Handler<unknown, object> = async (event, context, callback) => {
  const asked = parseEvent(event);
  return (asked.kind === 'deploy' && answerAtOnce(asked)) || work(event, context, callback) || {};
};
