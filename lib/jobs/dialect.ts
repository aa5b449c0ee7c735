import type { Dialect } from '../engine/dialect.ts';
import { postgres } from '../postgres/dialect.ts';
import type { Settings } from '../settings/settings.ts';

/** Loaded when it is worked with: most runs are on a server. */
const sqlite: Dialect = {
  name: 'sqlite',
  canDetach: false,
  withSession: async (...asked) => (await import('../sqlite/dialect.ts')).sqlite.withSession(...asked),
};

/** The database that the settings mean: this is the one place that chooses. */
export function dialectFor({ database }: Pick<Settings, 'database'>): Dialect {
  return database.kind === 'sqlite' ? sqlite : postgres;
}
