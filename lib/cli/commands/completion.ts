import path from 'node:path';
import { Argument, type Command } from 'commander';
import { listFolder } from '../../migrations/listing.ts';
import { PROVE_CHECKS } from '../../reports/prove.ts';
import { withEnvironmentOption, withMigrationsOption } from '../command.ts';
import type { Cli } from '../database-command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** What the scripts call for the versions of files. */
const VERSIONS = 'completion-versions';

/** Environments that may be named without a file; those of this repository on AWS are in environments.ts, as a test says. */
export const ENVIRONMENTS: readonly string[] = ['development', 'staging', 'demo', 'production'];

export function addCompletion(cli: Cli): void {
  const { program, io, run } = cli;
  program
    .command('completion')
    .description('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell that the script is for').choices(SHELLS))
    .addHelpText(
      'after',
      `
Completes commands, options, environments, versions of files, folders and files, without a
database. A line of the examples does it for the shell that it is typed into. Put it into the file
that the shell reads when it starts, ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish, for all
that come later: made at each start, the script is never older than the command.

Where only npx finds the command, write the script to a file, and again after an update:
  npx registry-jobs completion bash > ~/.registry-jobs.bash

Then ~/.bashrc gets these two lines (zsh and ~/.zshrc likewise), and "registry-jobs" is what you type:
  registry-jobs() { npx registry-jobs "$@"; }
  source ~/.registry-jobs.bash

Examples:
  eval "$(registry-jobs completion bash)"
  eval "$(registry-jobs completion zsh)"
  registry-jobs completion fish | source`,
    )
    .action((shell: Shell) =>
      run(false, async () => {
        // As it is: a message would be given the options of this call, and colours.
        io.out(await render(program, shell));
        return { report: undefined, text: '', exitCode: 0 };
      }),
    );
  addVersions(cli);
}

async function render(program: Command, shell: Shell): Promise<string> {
  // Loaded only here, like everything that one command alone needs.
  const [{ describeCommands }, { tools }] = await Promise.all([
    import('../completion/describe.ts'),
    import('../../import/tools.ts'),
  ]);
  const known = {
    '--tool': tools.map(({ name }) => name),
    '--check': ['once', ...PROVE_CHECKS],
    '--stops': ['all', 'none'],
  };
  const completion = describeCommands(program, VERSIONS, ENVIRONMENTS, known);
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashCompletion(completion);
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshCompletion(completion);
    case 'fish':
      return (await import('../completion/fish.ts')).fishCompletion(completion);
  }
}

/** Hidden: what a script asks for where versions can stand. A line each, the version, a tab, and the title where it has another one. */
function addVersions({ program, io, run }: Cli): void {
  const command = program
    .command(VERSIONS, { hidden: true })
    .description('print the versions of the files of a folder');
  withMigrationsOption(withEnvironmentOption(command, io)).action(
    (options: { readonly migrations: string }) =>
      run(false, async () => {
        const { listVersions } = await import('../completion/versions.ts');
        const { files } = await listFolder(path.resolve(io.folder, options.migrations), options.migrations);
        for (const { version, title } of listVersions(files))
          io.out(`${title === undefined ? version : `${version}\t${title}`}\n`);
        return { report: undefined, text: '', exitCode: 0 };
      }),
  );
}
