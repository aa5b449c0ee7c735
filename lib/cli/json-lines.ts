import type { MigrationEvent } from '../engine/events.ts';
import type { ErrorReport } from '../errors/error.ts';
import type { JournalRow } from '../plan/known.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { RunningReport } from '../reports/running.ts';
import type { WatchReport } from '../reports/watch.ts';
import type { StatisticsEvent } from '../statistics/refresh.ts';
import type { StatisticsReport } from '../statistics/refresh-report.ts';
import type { Secrets } from './command.ts';
import type { Io } from './io.ts';
import { toJson } from './json.ts';

/** When a line was written: ISO 8601 in UTC. */
interface Dated {
  readonly at: string;
}

/**
 * A line of `--json-events`. Each is a JSON document; the last one is the report, or the error that kept the run from beginning. There may be
 * new types of lines: skip those that you do not know.
 */
export type JsonLine =
  | (Dated & MigrationEvent)
  | (Dated & StatisticsEvent)
  | ({ readonly type: 'report' } & (MigrationReport | StatisticsReport))
  | { readonly type: 'error'; readonly error: ErrorReport };

/** A line of `watch --json`: written when something has changed, the last one says how the run ended. */
export type WatchLine =
  | ({ readonly type: 'running' } & RunningReport)
  | ({ readonly type: 'attempt' } & JournalRow)
  | ({ readonly type: WatchReport['status'] } & WatchReport)
  | { readonly type: 'error'; readonly error: ErrorReport };

/** What `--json` writes in the place of a report, where a command could not begin. */
export interface ErrorDocument {
  readonly error: ErrorReport;
}

/** Writes lines of JSON to standard output, without what is secret. */
export function createLineWriter({ io, secrets }: { readonly io: Io; readonly secrets: Secrets }) {
  return (line: object): void => io.out(`${toJson(line, secrets.mask)}\n`);
}

/** Writes an event. */
export type EventWriter = (event: MigrationEvent | StatisticsEvent) => void;

/** Writes each event of a run as a line, with its time. */
export function showEventLines(tools: { readonly io: Io; readonly secrets: Secrets }): EventWriter {
  const write = createLineWriter(tools);
  return (event) => write({ at: new Date().toISOString(), ...event } satisfies JsonLine);
}
