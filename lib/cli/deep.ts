import type { Command } from 'commander';
import type { DriftOptions, TrialServer } from '../jobs/drift.ts';
import type { PostgresSettings, Settings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import type { Cli } from './database-command.ts';
import type { Progress } from './progress.ts';
import { withThrowAwayServer } from './throw-away.ts';

/** Whether the whole catalog is compared, and what of it. */
export interface DeepOptions {
  readonly deep: boolean;
  readonly owner: boolean;
  readonly privileges: boolean;
}

/** What a command that looks at a database may be told of a comparison with what the files make. */
export function withDeepOptions(command: Command): Command {
  return command
    .option('--deep', 'compare the whole catalog with what the files make, on a throw-away Postgres', false)
    .option('--no-owner', 'with --deep: do not compare whose everything is')
    .option('--no-privileges', 'with --deep: do not compare who may do what');
}

/** Starts a Postgres for the comparison, and stops it when that is done. */
export function lookDeep<T>(
  { stop }: Pick<Cli, 'stop'>,
  progress: Progress,
  { owner, privileges }: DeepOptions,
  look: (server: TrialServer, options: DriftOptions) => Promise<T>,
): Promise<T> {
  return stop.inOrder((signal) => {
    progress.step('Starting a Postgres');
    return withThrowAwayServer((server) => {
      progress.step('Comparing');
      return look(server, { owner, privileges, signal });
    });
  });
}

/**
 * The settings of a database whose catalog can be compared: before a server is started for it.
 *
 * @param command what does without
 * @throws UsageError `not-for-sqlite`
 */
export function comparable(settings: Settings, command: 'status' | 'verify'): PostgresSettings {
  const hint = `See what can be said of it: registry-jobs ${command}`;
  return postgresOnly(settings, 'Catalogs of Postgres are compared', hint);
}
