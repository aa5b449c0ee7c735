import type { DatabaseSettings } from '../settings/settings.ts';

/** Whose statistics they are. */
export interface StatisticsDatabase {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

export function databaseOf({ host, port, database: name }: DatabaseSettings): StatisticsDatabase {
  return { host, port, name };
}

/** As the other reports say it. */
export function placeOf({ database }: { readonly database: StatisticsDatabase }): string {
  return `${database.name} on ${database.host}`;
}
