import { canonical, compareVersions } from './flyway-version.ts';
import type { Reading, Standing, ToolRow } from './tool.ts';

/**
 * What Flyway's history means for the files that were found. It has a row for everything that was ever done, undoing included, so the last
 * row of a version counts. Pure.
 */
export function readFlywayHistory(found: readonly ToolRow[], { found: files }: Reading): Standing {
  const rows = found.toSorted((a, b) => Number(a.installed_rank) - Number(b.installed_rank));
  const failed = rows.find(({ success }) => success === 'false');
  if (failed) {
    const what = failed.version ? `version ${failed.version}` : (failed.script ?? 'a script');
    const message = `Flyway says that ${what} failed.`;
    const hint = 'Mend the database, and run its own "repair" first.';
    return { applied: [], refusal: { code: 'dirty', message, hint }, notes: [] };
  }
  const last = new Map<string, ToolRow>();
  for (const row of rows) {
    const isVersion = row.version && /^\d+([._]\d+)*$/.test(row.version);
    const id = isVersion ? canonical(row.version ?? '') : row.version === null ? row.script : undefined;
    if (id && row.type !== 'SCHEMA') last.set(id, row);
  }
  const isUndone = ({ type }: ToolRow) => /^(UNDO|DELETE)/.test(type ?? '');
  const isBaseline = ({ type }: ToolRow) => /BASELINE$/.test(type ?? '');
  const baseline = rows.findLast(isBaseline)?.version;
  const undone = [...last].filter(([, row]) => isUndone(row)).map(([id]) => id);
  const applied = [...last].filter(([, row]) => !isUndone(row) && !isBaseline(row));
  const covered = files.filter(
    ({ id, kind }) => kind === 'numbered' && baseline && compareVersions(id, baseline) <= 0 && !last.has(id),
  );
  return {
    applied: [
      ...applied.map(([id, { checksum }]) => ({ id, ...(checksum && { checksum }) })),
      ...covered.map(({ id }) => ({ id })),
      // The version of a baseline itself may have a file as well.
      ...files.filter(({ id }) => last.has(id) && isBaseline(last.get(id) ?? {})).map(({ id }) => ({ id })),
    ],
    notes: [
      ...(baseline
        ? [`Flyway's baseline is ${baseline}: what comes up to there was in the database before Flyway.`]
        : []),
      ...(undone.length > 0
        ? [`Flyway undid or deleted these versions, so they are pending: ${undone.join(', ')}.`]
        : []),
    ],
  };
}
