import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DemoFolders } from './demo.ts';
import type { ExitCode, Io } from './io.ts';
import { paint } from './paint.ts';
import { runCli } from './program.ts';

/** What is typed, after what is said of it. */
interface Step {
  readonly title: string;
  readonly commands: readonly string[];
  /** @default 0 */
  readonly code?: ExitCode;
}

const PAIRS = 'operators/migrations';

const STEPS: readonly Step[] = [
  {
    title: 'A folder of manifests becomes one SQLite file, at the newest version of its schema',
    commands: ['operators check manifests', 'operators create manifests --database index.db'],
  },
  {
    title: 'What is in it, and which version follows which',
    commands: ['operators inspect index.db', 'operators inspect index.db lantern alpha'],
  },
  {
    title: 'Down to an older version, for older tools, and up again: nothing is lost',
    commands: ['operators migrate index.db --to 6', 'operators migrate index.db'],
  },
  {
    title: 'The same pairs of SQL, undone and done again on a copy of this very file',
    commands: [`prove --on sqlite:index.db --migrations ${PAIRS}`],
  },
  {
    title: 'What its manifests say, row by row',
    commands: ['operators repair index.db'],
  },
  {
    title: 'As a file-based catalog, which is what clusters take today',
    commands: ['operators export index.db --output catalog.yaml', 'operators diff manifests index.db'],
  },
  {
    title: 'A manifest that is wrong is told with file, line and column, and index.db stays as it is',
    commands: ['operators create broken --database index.db --replace'],
    code: 1,
  },
];

/**
 * Shows what the commands for an operator registry do, on small manifests, in a folder that stays. Needs no server.
 *
 * @param version of this tool
 * @returns that folder
 * @throws Error where a command ends otherwise than it should
 */
export async function runOperatorsDemo(
  { root, temporary }: DemoFolders,
  io: Io,
  version: string,
): Promise<string> {
  const folder = await mkdtemp(path.join(temporary, 'registry-jobs-'));
  const manifests = path.join(root, 'examples/operators/manifests');
  await cp(manifests, path.join(folder, 'manifests'), { recursive: true });
  await cp(manifests, path.join(folder, 'broken'), { recursive: true });
  const broken = path.join(folder, 'broken/lantern/lantern.package.yaml');
  await writeFile(broken, (await readFile(broken, 'utf8')).replace('lantern.v1.1.0', 'lantern.v1.1.9'));
  await cp(path.join(root, 'lib', PAIRS), path.join(folder, PAIRS), { recursive: true });
  const say = (text: string) => io.out(`${paint(text, io.hasColor)}\n`);
  for (const { title, commands, code = 0 } of STEPS) {
    say(`\n== ${title}`);
    for (const command of commands) {
      say(`$ npx registry-jobs ${command}`);
      // Progress is not what is shown here; an error is.
      let told = '';
      const err = (text: string) => {
        told += text;
      };
      const { columns: _, draw: __, ...rest } = io;
      const ended = await runCli(command.split(' '), { ...rest, folder, isTerminal: false, err }, version);
      if (ended === code) continue;
      throw new Error(`The demo failed: ${command} ended with ${ended}, and said:\n${told}`);
    }
  }
  return folder;
}
