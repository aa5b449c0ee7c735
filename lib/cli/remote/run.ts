import { UsageError } from '../../errors/error.ts';
import type { WarningReport } from '../../errors/warning.ts';
import { filesOfBundle } from '../../jobs/deployed.ts';
import { type Answered, describeLeftOut } from '../../remote/answer.ts';
import type { InvokeOptions } from '../../remote/invoke.ts';
import type { TaskOptions } from '../../remote/options.ts';
import type { RemoteTask } from '../../remote/protocol.ts';
import type { FunctionTarget } from '../../remote/target.ts';
import { describeDifference, renderDeployed } from '../../reports/deployed.ts';
import type { AsJson, CommandResult } from '../command.ts';
import { asJson, type Cli, type ResultOptions, withProgress } from '../database-command.ts';
import type { ExitCode } from '../io.ts';
import { compileFiles } from '../migration-command.ts';
import type { Progress } from '../progress.ts';
import { type DatabaseOptions, tell } from '../settings.ts';
import { findTarget, type RemoteOptions } from './target.ts';

/** What a command that can be done remotely may be told. */
export type RemoteCommandOptions = DatabaseOptions &
  ResultOptions &
  RemoteOptions & { readonly migrations?: string };

/** Asks the function. */
export type Ask = <Report, T extends RemoteTask>(
  task: T,
  options: TaskOptions[T],
  more?: InvokeOptions,
) => Promise<Answered<Report>>;

export interface RemoteTools {
  readonly target: FunctionTarget;
  readonly ask: Ask;
  readonly progress: Progress;
}

/** Options that are about a database at hand, or about files at hand. */
const FROM_HERE = {
  databaseUrl: '--database-url',
  parameterPath: '--parameter-path',
  ledger: '--ledger',
  initialSchema: '--initial-schema',
  deep: '--deep',
  owner: '--no-owner',
  privileges: '--no-privileges',
  dump: '--dump',
  requireProof: '--require-proof',
  jsonEvents: '--json-events',
  within: '--within',
} as const;

/**
 * Has the deployed function do what a command asks, and presents what came of it.
 *
 * @param kept options of {@link FROM_HERE} and `wait` that make sense for this command all the same
 */
export function runRemote(
  cli: Cli,
  options: RemoteCommandOptions,
  work: (tools: RemoteTools) => Promise<CommandResult>,
  {
    resultAs = asJson(options),
    kept = [],
  }: { readonly resultAs?: AsJson; readonly kept?: readonly string[] } = {},
): Promise<void> {
  return cli.run(resultAs, async () => {
    refuseFromHere(cli, kept);
    const target = await findTarget(cli, options);
    // Loaded only here: the client of AWS takes longer to load than most commands take to run.
    const { ask } = await import('../../remote/ask.ts');
    return withProgress(cli, resultAs !== false, (progress) => {
      progress.step(`Asking ${target.name}`);
      return work({ target, progress, ask: (task, asked, more) => ask(target, task, asked, more) });
    });
  });
}

/** @throws UsageError `not-remote` */
function refuseFromHere({ sourceOf, asCalled }: Cli, kept: readonly string[]): void {
  const all: Readonly<Record<string, string>> = { ...FROM_HERE, wait: '--wait' };
  const [found] = Object.keys(all).filter((name) => sourceOf(name) === 'cli' && !kept.includes(name));
  if (found === undefined) return;
  throw new UsageError(
    'not-remote',
    `${all[found]} cannot be used with --remote: the function has its own files, database and settings.`,
    {
      hint: `Nothing was done. Leave out one of both: ${asCalled().replace(new RegExp(` ${all[found]}( [^- ]\\S*)?`), '')}`,
    },
  );
}

/** The result of a command, with whose files it is about. */
export function presentRemote<Report extends object>(
  cli: Cli,
  { report, deployed, leftOut }: Answered<Report>,
  render: (report: Report) => string,
  exitCode: ExitCode,
): CommandResult {
  const cut = describeLeftOut(leftOut);
  if (cut !== undefined) tell(cli.io, [{ code: 'answer-cut', message: cut }]);
  return {
    report: { ...report, deployed, ...(leftOut && { leftOut }) },
    text: `${renderDeployed(deployed)}\n${render(report)}`,
    exitCode,
  };
}

/** Tells how the files in the folder here differ from those that are deployed, where there is such a folder. */
export async function tellDifference(
  cli: Cli,
  { migrations }: RemoteCommandOptions,
  { deployed }: Pick<Answered<object>, 'deployed'>,
): Promise<void> {
  if (migrations === undefined) return;
  const warning = await compare(cli, migrations, deployed.files);
  if (warning) tell(cli.io, [warning]);
}

async function compare(
  cli: Cli,
  migrations: string,
  there: Answered<object>['deployed']['files'],
): Promise<WarningReport | undefined> {
  try {
    const here = filesOfBundle(await compileFiles(cli, { migrations }));
    const message = describeDifference(there, here, migrations);
    return message === undefined ? undefined : { code: 'deployed-differs', message };
  } catch (error) {
    // Without a folder there is nothing to compare.
    const { code, message } = error as Partial<UsageError>;
    if (code === 'no-migrations-folder' || code === 'no-migrations') return undefined;
    const why = `What is deployed could not be compared with ${migrations}: ${message}`;
    return { code: 'deployed-differs', message: why };
  }
}
