import type { MigrationReport } from '../reports/migration.ts';

/**
 * From when on attempts belong to a run that is called again and again. One that came upon another run waits for that one's file, and its
 * failure is told as well: it is not tried once more at once, which may take another hour, or undo that somebody has cancelled it. Pure.
 *
 * @returns UTC, ISO 8601
 */
export function sinceOf({ at, running }: Pick<MigrationReport, 'at' | 'running'>): string {
  if (!running?.byAnotherRun || running.startedAt === undefined) return at;
  const before = new Date(Date.parse(running.startedAt) - 1).toISOString();
  return before < at ? before : at;
}
