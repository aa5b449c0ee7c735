import { constants, cpSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { builtOnce } from './built-once.ts';
import { type Outcome, root, run, writeBelow } from './packed-package.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { type Outcome, root, run, writeBelow } from './packed-package.ts';

/** An empty project outside of this checkout, with the packed package installed in it. */
export interface InstalledPackage {
  readonly project: string;
  /** Where the package lies in it. */
  readonly home: string;
  /** Where it was made. */
  readonly source: string;
  readonly manifest: { version: string } & Record<
    'dependencies' | 'peerDependencies',
    Record<string, string>
  >;
  write(file: string, content: string): void;
  /** Runs Node in the project, without settings of this machine. */
  runNode(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /**
   * What TypeScript has against these files, strict, and with the declarations of packages checked as well.
   *
   * @param options whether `exactOptionalPropertyTypes` is on, with which CDK's own classes do not fit its interfaces; whether to
   * leave the declarations of packages, which takes a second for ours and many for CDK's
   */
  checkTypes(
    files: readonly string[],
    options?: { readonly exactOptionalPropertyTypes?: boolean; readonly skipLibCheck?: boolean },
  ): Promise<string>;
}

/**
 * Installs the packed package as npm would: with its own dependencies and no more, so that one that is not declared is missing.
 *
 * @param peers optional peer dependencies that the project has chosen to have
 */
export async function installPackage(peers: readonly string[] = []): Promise<InstalledPackage> {
  const packed = await builtOnce('package');
  const project = temporaryFolder();
  const home = path.join(project, 'node_modules/registry-jobs');
  // A copy, because Node looks for what a package imports from where it really lies.
  cpSync(packed.home, home, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const manifest = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(manifest.dependencies), ...peers, '@types/node']) {
    const target = path.join(project, 'node_modules', name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), target, 'junction');
  }
  const runNode: InstalledPackage['runNode'] = (args, env = {}) =>
    run(process.execPath, args, project, { PATH: process.env.PATH, ...env });
  return {
    project,
    home,
    source: packed.source,
    manifest,
    runNode,
    write: (file, content) => writeBelow(project, file, content),
    checkTypes: async (files, { exactOptionalPropertyTypes: exact = true, skipLibCheck = false } = {}) => {
      // Several checkers each do much of the same work again, while other tests wait for the processor.
      const options = `--singleThreaded --noEmit --strict --target es2024 --module nodenext --types node --skipLibCheck ${skipLibCheck}`;
      const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
      const strictest = exact ? ['--exactOptionalPropertyTypes'] : [];
      const { stdout, stderr } = await runNode([tsc, ...options.split(' '), ...strictest, ...files]);
      return stdout + stderr;
    },
  };
}

export function filesOf(folder: string, glob = '**/*'): string[] {
  return globSync(glob, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
