import type { MigrationEvent } from '../engine/events.ts';
import { createWarningRenderer } from '../errors/warning.ts';
import { describeBlockers } from '../postgres/catalog/blockers.ts';
import { renderApplied } from '../reports/migration.ts';
import type { StatisticsEvent } from '../statistics/refresh.ts';
import { count, formatDuration } from '../text/format.ts';
import { setIn } from '../text/visible.ts';
import type { Progress } from './progress.ts';

/** Turns the events of a run of migrations into progress, and into the lines of the result that are true already. */
export function showMigrations(progress: Progress): (event: MigrationEvent) => void {
  let heading = '';
  const renderWarning = createWarningRenderer();
  return (event) => {
    switch (event.type) {
      case 'waiting-for-lock':
        // A file does not tell who has it.
        if (event.blockers.length === 0) progress.step('Waiting for another process', '', { isTold: true });
        else
          progress.step('Waiting for another run', `: ${describeBlockers(event.blockers)}`, { isTold: true });
        break;
      case 'migration-started':
        heading = `[${event.index}/${event.total}] ${event.file}`;
        progress.step(heading);
        break;
      case 'statement-started':
        progress.step(heading, `, statement ${event.index}/${event.total} (line ${event.line})`);
        break;
      case 'blocked':
        progress.note(`${event.file}:${event.line} waits for ${describeBlockers(event.blockers)}`);
        break;
      case 'migration-retried':
        progress.note(`${event.file}: ${setIn(event.reason)}; again in ${formatDuration(event.delayMs)}`);
        break;
      case 'notice':
        progress.note(`${event.severity} ${event.file}:${event.line}: ${setIn(event.message)}`);
        break;
      case 'notices-left-out':
        progress.note(`${event.file}: ${count(event.count, 'more notice')} not shown`);
        break;
      case 'migration-detached':
        progress.note(`${event.file} runs on in the server (pid ${event.pid})`);
        break;
      case 'warned': {
        const line = renderWarning(event);
        if (line) progress.result(line);
        break;
      }
      case 'migration-applied':
        progress.result(renderApplied(event));
        break;
    }
  };
}

/** Turns the events of `refresh` into progress. */
export function showStatistics(progress: Progress): (event: StatisticsEvent) => void {
  return (event) => {
    if (event.type === 'function-started') progress.step(`[${event.index}/${event.total}] ${event.name}()`);
  };
}
