import { count, formatDuration, formatTable } from '../text/format.ts';
import { placeOf, type StatisticsDatabase } from './database.ts';

/** A cell of a statistic that is not what a full recomputation gives. */
export interface DifferingCell {
  readonly statistic: string;
  /** What the cell is about: institution, option, state, month. */
  readonly cell: unknown;
  readonly recorded: unknown;
  readonly recomputed: unknown;
}

/** What `audit` found. */
export interface AuditReport {
  readonly command: 'audit';
  readonly status: 'ok' | 'differs';
  readonly environment?: string | undefined;
  readonly database: StatisticsDatabase;
  /** How many cells differ; `cells` lists the first hundred. */
  readonly total: number;
  readonly cells: readonly DifferingCell[];
  readonly durationMs: number;
}

/** What `rebuild` did. */
export interface RebuildReport {
  readonly command: 'rebuild';
  readonly status: 'rebuilt';
  readonly environment?: string | undefined;
  readonly database: StatisticsDatabase;
  readonly durationMs: number;
}
/** The report of `audit` as a person reads it. Pure. */
export function renderAuditReport(report: AuditReport): string {
  const { status, total, cells, durationMs } = report;
  const place = placeOf(report);
  const took = formatDuration(durationMs);
  if (status === 'ok') return `The statistics of ${place} are exact (checked in ${took}).`;
  const rows = cells.map(({ statistic, cell, recorded, recomputed }) => [
    statistic,
    ...[cell, recorded, recomputed].map((value) => JSON.stringify(value)),
  ]);
  return [
    formatTable([['statistic', 'cell', 'recorded', 'recomputed'], ...rows]),
    ...(total > cells.length ? [`... and ${count(total - cells.length, 'more cell')}`] : []),
    `${count(total, 'cell')} of the statistics of ${place} differ (checked in ${took}).`,
    'What to do: find out what wrote without the triggers, then run: registry-jobs rebuild',
  ].join('\n');
}

/** The report of `rebuild` as a person reads it. Pure. */
export function renderRebuildReport(report: RebuildReport): string {
  const { durationMs } = report;
  return `Counted the statistics of ${placeOf(report)} anew in ${formatDuration(durationMs)}.`;
}
