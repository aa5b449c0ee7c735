import { Option } from 'commander';
import { UsageError } from '../../errors/error.ts';
import { parseCount } from '../command.ts';
import type { Cli } from '../database-command.ts';
import { assertDumpable, presentWithDump, withDumpOption } from '../dump-after.ts';
import { type MigrationOptions, runMigrationCommand, runningCommand } from '../migration-command.ts';
import { proofFile, readProof } from '../proof-file.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

interface UpOptions extends MigrationOptions, RemoteOptions {
  readonly to?: string;
  readonly steps?: number;
  readonly outOfOrder: boolean;
  readonly rerun?: readonly string[];
  readonly plan?: string;
  readonly dump?: string;
  readonly requireProof?: string | true;
  readonly detach: boolean;
}

export function addUp(cli: Cli): void {
  const command = runningCommand(cli, 'up', 'apply the migrations that the database does not have yet');
  withRemoteOptions(withDumpOption(command))
    .alias('migrate')
    .option('--to <version>', 'the last version to apply')
    .addOption(new Option('--steps <number>', 'how many to apply at the most').argParser(parseCount))
    .option('--out-of-order', 'apply files that are older than the newest applied one', false)
    .option('--rerun <version...>', 'run plain files again although they are applied')
    .option(
      '--require-proof [file]',
      'run no file that is not proved as it is: what "prove --record" wrote (default: proof.json of the folder)',
    )
    .option('--detach', 'let the server run each file by itself, and do not wait for the end', false)
    .option('--plan <hash>', 'run nothing but the plan that "plan" showed under this hash')
    .addHelpText(
      'after',
      `
Each file runs in one transaction, together with its row in schema_migrations. The first
that fails stops the run: files before it stay applied, and nothing of it is kept.

With --detach the server runs a file by itself: this command may end, and the connection be
lost. It waits two seconds, since some files are quick, and then says which file runs on; see
how far it is with "watch", end it with "cancel". What comes after it is for the next "up".

--rerun takes the version of a plain file, or its number alone. Run late, an old file may bring
back what newer ones have replaced: the report warns of it.

Examples:
  registry-jobs up
  registry-jobs up --env staging --to 14
  registry-jobs up --rerun 026_statistics_grants
  registry-jobs up --env production --detach
  registry-jobs up --env production --remote
  registry-jobs up -m db/migrations --database-url postgres://me@localhost/shop`,
    )
    .action(async (options: UpOptions) => {
      if (options.remote) {
        const { remoteUp } = await import('../remote/up.ts');
        return remoteUp(cli, options);
      }
      return runMigrationCommand(
        cli,
        options,
        async ({ compiled, settings, runOptions, isEmbedded }) => {
          const { to, steps, rerun, plan: expectedPlan, outOfOrder, dump, detach } = options;
          if (detach && isEmbedded) throw new UsageError(...stops('up'));
          await assertDumpable(cli.io, settings, dump);
          const { requireProof, migrations } = options;
          const proof =
            requireProof === undefined
              ? undefined
              : await readProof(cli.io, proofFile(migrations, requireProof));
          const { up } = await import('../../jobs/up.ts');
          const report = await cli.stop.inOrder((signal) =>
            up(compiled, settings, {
              ...runOptions,
              signal,
              outOfOrder,
              ...(to !== undefined && { to }),
              ...(steps !== undefined && { steps }),
              ...(rerun !== undefined && { rerun }),
              ...(expectedPlan !== undefined && { expectedPlan }),
              ...(proof && { proof }),
              ...(detach && { detach: 'always' as const }),
            }),
          );
          return presentWithDump(cli, settings, report, dump);
        },
        { later: true },
      );
    });
}

/** Nothing is left to a server that comes and goes. */
export const stops = (command: string) =>
  [
    'cannot-detach',
    'The embedded Postgres stops when no command uses it, and what runs in it would be lost.',
    {
      hint: `Leave out --detach, or name a server that stays: registry-jobs ${command} --detach --database-url URL`,
    },
  ] as const;
