import { RegistryJobsError } from '../../errors/error.ts';
import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { describeRowsFailed } from '../../reports/prove-notes.ts';
import { redact } from '../../secrets/redact.ts';
import type { ProveContext } from './context.ts';
import { placeOf } from './findings.ts';
import { runStep } from './trials.ts';

/** Rows for the files to work on. */
export interface Rows {
  /** Loaded once, before the first file that is judged; where that is the initial schema, after it. */
  readonly data?: Script | undefined;
  /** Loaded after the file of a version. */
  readonly fixtures?: ReadonlyMap<string, readonly Script[]> | undefined;
}

/** Loads what belongs before and after a file; says whether that was anything. */
export interface RowLoader {
  before(migration: Migration): Promise<boolean>;
  after(migration: Migration): Promise<boolean>;
}

/** @throws RegistryJobsError `rows-failed` */
export function loadRows(
  context: ProveContext,
  { data, fixtures }: Rows,
  migrations: readonly Migration[],
): RowLoader {
  const { stage, judged, elsewhere, onProgress } = context;
  const first = migrations.find(({ version }) => judged.has(version) || elsewhere.has(version));
  const load = async (script: Script, when: string) => {
    onProgress({ file: script.file, check: 'rows' });
    const failed = await stage.session((connection) => runStep(connection, { script }));
    if (!failed) return;
    const { code, message } = failed.error;
    throw new RegistryJobsError('rows-failed', redact(message), {
      ...placeOf(script, failed.index),
      sqlstate: code,
      hint: describeRowsFailed(script.file, when),
      cause: failed.error,
    });
  };
  const loadData = async (migration: Migration, isAfter: boolean) => {
    if (!data || migration !== first || (migration.style === 'initial') !== isAfter) return false;
    await load(data, `${isAfter ? 'after' : 'before'} ${migration.up.file}`);
    return true;
  };
  return {
    before: (migration) => loadData(migration, false),
    after: async (migration) => {
      const scripts = fixtures?.get(migration.version) ?? [];
      const isData = await loadData(migration, true);
      for (const script of scripts) await load(script, `after ${migration.up.file}`);
      return isData || scripts.length > 0;
    },
  };
}
