import { inject } from 'vitest';
import type { TrialServer } from '../../lib/jobs/drift.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';
import type { Arranged } from '../../lib/plan/drift.ts';
import { describeDifference } from '../../lib/reports/difference.ts';
import { queryOnce } from './database.ts';
import { databaseSettings } from './settings.ts';

/** A server on which files are run: that of the tests, or where that one is an older version, the newest there is. */
export interface Trial {
  readonly server: TrialServer;
  readonly major: number;
  /** Of the server of the tests. */
  readonly majorThere: number;
  stop(): Promise<void>;
}

const NEWEST = 18;

export async function startTrial(): Promise<Trial> {
  const url = inject('serverUrl');
  const [row] = await queryOnce(url, `select current_setting('server_version_num')::int / 10000 as major`);
  const majorThere = Number(row?.major);
  const embedded: EmbeddedServer | undefined =
    majorThere === NEWEST
      ? undefined
      : await import('../../lib/local/embedded-postgres.ts').then((local) => local.startEmbeddedPostgres());
  const settings = databaseSettings(embedded?.connectionString('postgres') ?? url);
  return {
    server: { settings, source: 'the server of the tests', mayMakeRoles: embedded !== undefined },
    major: NEWEST,
    majorThere,
    stop: async () => embedded?.stop(),
  };
}

/** `there: index public.i is new: ...`, `files: ...`, `both: ...`: a line for each difference. */
export function told({ onlyThere, onlyInFiles, different }: Arranged): string[] {
  const say = (where: string, differences: Arranged['onlyThere']) =>
    differences.map((each) => `${where}: ${describeDifference(each)}`);
  return [...say('there', onlyThere), ...say('files', onlyInFiles), ...say('both', different)];
}
