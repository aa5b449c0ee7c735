import { exactPlaceOf } from '../text/place.ts';
import type { DatabaseSettings } from './settings.ts';

/** The database that settings mean, for questions and refusals: `shop on localhost:5433 as me`. Pure. */
export function placeOfSettings({ database: name, ...server }: DatabaseSettings): string {
  return exactPlaceOf({ ...server, name });
}
