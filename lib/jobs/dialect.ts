import type { Dialect } from '../engine/dialect.ts';
import { postgres } from '../postgres/dialect.ts';
import type { Settings } from '../settings/settings.ts';

/** The database that the settings mean: this is the one place that chooses. */
export function dialectFor(_: Pick<Settings, 'database'>): Dialect {
  return postgres;
}
