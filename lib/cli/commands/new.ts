import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newMigration } from '../../migrations/new-file.ts';
import { withEnvironmentOption, withMigrationsOption } from '../command.ts';
import type { Cli } from '../database-command.ts';

interface NewOptions {
  readonly migrations: string;
  readonly versioned: boolean;
  readonly json: boolean;
}

export function addNew({ program, io, run }: Cli): void {
  const command = program
    .command('new')
    .alias('create')
    .argument('<title>', 'what the migration does')
    .description('create the next migration file');
  withMigrationsOption(withEnvironmentOption(command, io))
    .option('--versioned', 'a pair of up and down files, with the time as version', false)
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Examples:
  registry-jobs new "add alert types"
  registry-jobs new --versioned "split names"`,
    )
    .action((title: string, options: NewOptions) =>
      run(options.json, async () => {
        const folder = path.resolve(io.folder, options.migrations);
        const existing = await readdir(folder).catch(noneIfMissing);
        const files = newMigration(title, existing, options.versioned, new Date());
        await mkdir(folder, { recursive: true });
        const paths = files.map(({ name }) => path.join(options.migrations, name));
        for (const { name, content } of files)
          await writeFile(path.join(folder, name), content, { flag: 'wx' });
        return {
          report: { command: 'new', files: paths },
          text: paths.map((file) => `Created ${file}`).join('\n'),
          exitCode: 0,
        };
      }),
    );
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
