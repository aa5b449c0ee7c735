import type { MigrationEvent } from '../engine/events.ts';
import { describeBlockers } from '../postgres/catalog/blockers.ts';
import type { StatisticsEvent } from '../statistics/refresh.ts';
import { count, formatDuration } from '../text/format.ts';
import { setIn, visible } from '../text/visible.ts';
import type { Io } from './io.ts';

/** Shows what is going on: one line that is redrawn on a terminal, a line per step elsewhere. */
export interface Progress {
  /** What is going on now. A `detail` only shows on a terminal: it changes too often for a log. */
  step(text: string, detail?: string): void;
  /** Something that stays on record. */
  note(text: string): void;
  /** Removes the live line. */
  end(): void;
}

const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001B[2K';

export function createProgress(io: Io, isQuiet = false): Progress {
  if (!io.isTerminal) {
    const say = (text: string) => {
      if (!isQuiet) io.err(`${visible(text)}\n`);
    };
    return { step: (text, detail) => detail === undefined && say(text), note: say, end: () => {} };
  }
  let current = '';
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => io.err(`${CLEAR_LINE}${current}  ${formatDuration(performance.now() - since)}`);
  return {
    step: (text, detail) => {
      // Elapsed time counts from the beginning of the step, not of each of its details.
      if (detail === undefined) since = performance.now();
      current = visible(detail === undefined ? text : `${text}  ${detail}`);
      timer ??= setInterval(draw, REDRAW_MS);
      draw();
    },
    note: (text) => io.err(`${CLEAR_LINE}${visible(text)}\n`),
    end: () => {
      clearInterval(timer);
      timer = undefined;
      if (current) io.err(CLEAR_LINE);
      current = '';
    },
  };
}

/** Turns the events of `up` into progress. */
export function showMigrations(progress: Progress): (event: MigrationEvent) => void {
  let heading = '';
  return (event) => {
    switch (event.type) {
      case 'waiting-for-lock':
        progress.step(`Waiting for another run: ${describeBlockers(event.blockers)}`);
        break;
      case 'migration-started':
        heading = `[${event.index}/${event.total}] ${event.file}`;
        progress.step(heading);
        break;
      case 'statement-started':
        progress.step(heading, `statement ${event.index}/${event.total} (line ${event.line})`);
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
      case 'migration-applied':
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
