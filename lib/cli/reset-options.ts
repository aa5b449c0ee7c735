import type { DatabaseOptions } from './settings.ts';

/** The folder of fixtures that need not be named, or be there. */
export const FIXTURES = 'test/fixtures';

export interface ResetOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly fixtures?: string;
  readonly json: boolean;
  readonly yes: boolean;
}
