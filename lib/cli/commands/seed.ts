import { InvalidArgumentError } from 'commander';
import { RegistryJobsError, UsageError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { UNDEFINED_TABLE } from '../../postgres/explain/sqlstates.ts';
import { isOnThisMachine } from '../../settings/near.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import { count, formatDuration } from '../../text/format.ts';
import { placeOf } from '../../text/place.ts';
import { withDatabaseOptions } from '../command.ts';
import { type Cli, runDatabaseCommand } from '../database-command.ts';
import type { DatabaseOptions } from '../settings.ts';

interface SeedOptions extends DatabaseOptions {
  readonly files: number;
  readonly json: boolean;
}

const MOST_FILES = 100_000_000;

export function addSeed(cli: Cli): void {
  const { program, io } = cli;
  const command = program
    .command('seed')
    .description('add generated files, objects and events to a local database');
  withDatabaseOptions(command, io)
    .requiredOption('-n, --files <number>', 'how many files', parseFiles)
    .addHelpText(
      'after',
      `
The rows are the same on every machine. Running it again adds more.

Examples:
  registry-jobs seed --files 10000
  registry-jobs seed --files 1000000 --env test`,
    )
    .action((options: SeedOptions) =>
      runDatabaseCommand(cli, options, 'migrate', async ({ settings: any, source, progress }) => {
        const settings = postgresOnly(any, 'The tables of this registry are of Postgres');
        const began = performance.now();
        if (source === 'parameter-store' || !isOnThisMachine(settings.database)) {
          throw new UsageError(
            'seed-refused',
            `${placeOf({ ...settings.database, name: settings.database.database })} is not a local database; generated rows have no place there.`,
            {
              hint: `Seed one on this machine: registry-jobs seed --env development --database-url postgres://me@localhost/shop --files ${options.files}`,
            },
          );
        }
        const { withConnection } = await import('../../postgres/session/connection.ts');
        const { seed } = await import('../../registry/seed/run.ts');
        const forever = { purpose: 'registry-jobs seed', giveUpAt: Number.POSITIVE_INFINITY };
        const tell = ({ title }: { title: string }) => progress.step(`Seeding: ${title}`);
        const add = (signal: AbortSignal) =>
          withConnection(settings.database, { ...forever, signal }, (connection) =>
            seed(connection, options.files, tell, signal),
          );
        await cli.stop.inOrder(add).catch((error: unknown) => {
          throw explain(error, settings.database.database);
        });
        const durationMs = performance.now() - began;
        return {
          report: { command: 'seed', files: options.files, durationMs },
          text: `Added ${count(options.files, 'file')} to ${placeOf({ ...settings.database, name: settings.database.database })} in ${formatDuration(durationMs)}.`,
          exitCode: 0,
        };
      }),
    );
}

function explain(error: unknown, database: string): unknown {
  if (!isPostgresError(error) || error.code !== UNDEFINED_TABLE) return error;
  return new RegistryJobsError('seed-failed', `${database} does not have the tables: ${error.message}`, {
    sqlstate: error.code,
    hint: 'Apply the migrations first: registry-jobs up',
    cause: error,
  });
}

function parseFiles(text: string): number {
  const files = Number(text.replaceAll('_', ''));
  if (Number.isInteger(files) && files >= 1 && files <= MOST_FILES) return files;
  throw new InvalidArgumentError(`not a whole number from 1 to ${MOST_FILES}`);
}
