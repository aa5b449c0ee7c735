import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

export const root = path.resolve(import.meta.dirname, '../..');

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
   * @param options whether `exactOptionalPropertyTypes` is on, with which CDK's own classes do not fit its interfaces
   */
  checkTypes(
    files: readonly string[],
    options?: { readonly exactOptionalPropertyTypes?: boolean },
  ): Promise<string>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Packs the sources as they are, from a copy, so that nobody else's build is disturbed, and installs them as npm would: with the
 * package's own dependencies and no more, so that one that is not declared is missing.
 *
 * @param peers optional peer dependencies that the project has chosen to have
 */
export async function installPackage(peers: readonly string[] = []): Promise<InstalledPackage> {
  const copy = temporaryFolder();
  const leftOut = ['.git', 'node_modules', 'dist', 'cdk.out', '.postgres'].map((name) =>
    path.join(root, name),
  );
  cpSync(root, copy, { recursive: true, filter: (source) => !leftOut.includes(source) });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  writeBelow(copy, 'dist/package/lib/left-by-an-earlier-build.js', '');
  await succeed('npm', ['pack', '--foreground-scripts=false'], copy);
  const [tarball = ''] = globSync('*.tgz', { cwd: copy });

  const project = temporaryFolder();
  const home = path.join(project, 'node_modules/registry-jobs');
  mkdirSync(home, { recursive: true });
  await succeed('tar', ['-xzf', path.join(copy, tarball), '--strip-components=1'], home);
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
    source: copy,
    manifest,
    runNode,
    write: (file, content) => writeBelow(project, file, content),
    checkTypes: async (files, { exactOptionalPropertyTypes: exact = true } = {}) => {
      const options = '--noEmit --strict --target es2024 --module nodenext --types node --skipLibCheck false';
      const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
      const strictest = exact ? ['--exactOptionalPropertyTypes'] : [];
      const { stdout, stderr } = await runNode([tsc, ...options.split(' '), ...strictest, ...files]);
      return stdout + stderr;
    },
  };
}

export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, env, timeout: 50_000 }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}

async function succeed(command: string, args: readonly string[], folder: string): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, folder, process.env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}

export function writeBelow(folder: string, file: string, content: string): void {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}

export function filesOf(folder: string, glob = '**/*'): string[] {
  return globSync(glob, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
