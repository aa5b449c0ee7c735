import type { Dialect } from '../engine/dialect.ts';
import { postgres } from '../postgres/dialect.ts';
import type { Settings } from '../settings/settings.ts';
import { sqlite } from '../sqlite/dialect.ts';

/** The database that the settings mean: this is the one place that chooses. */
export function dialectFor({ database }: Pick<Settings, 'database'>): Dialect {
  return database.kind === 'sqlite' ? sqlite : postgres;
}
