import { exactPlaceOf } from '../text/place.ts';
import type { Settings } from './settings.ts';

/** The database that settings mean, for questions and refusals: `shop on localhost:5433 as me`; of SQLite the file. Pure. */
export function placeOfSettings(database: Settings['database']): string {
  if (database.kind === 'sqlite') return exactPlaceOf({ kind: 'sqlite', name: database.shownAs });
  const { database: name, kind: _, ...server } = database;
  return exactPlaceOf({ ...server, name });
}
