import type { DatabaseSettings } from '../settings/settings.ts';
import * as text from '../text/place.ts';

/** Whose statistics they are. */
export interface StatisticsDatabase {
  readonly host: string;
  readonly port: number;
  /** The IP address that was connected to instead of the host's: the near end of a tunnel. */
  readonly address?: string;
  readonly name: string;
  /** Who logged in. */
  readonly user: string;
}

export function databaseOf(settings: DatabaseSettings): StatisticsDatabase {
  const { host, port, address, database: name, user } = settings;
  return { host, port, ...(address !== undefined && { address }), name, user };
}

/** As the other reports say it. */
export function placeOf({ database }: { readonly database: StatisticsDatabase }): string {
  return text.placeOf(database);
}
