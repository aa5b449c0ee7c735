import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export interface PackedPackage {
  /** The unpacked package. */
  readonly home: string;
  /** Where it was made. */
  readonly source: string;
}

/** Packs the sources as they are, from a copy, so that nobody else's build is disturbed. */
export async function packPackage(folder: string): Promise<PackedPackage> {
  const source = path.join(folder, 'source');
  const leftOut = ['.git', 'node_modules', 'dist', 'cdk.out', '.postgres'].map((name) =>
    path.join(root, name),
  );
  cpSync(root, source, { recursive: true, filter: (it) => !leftOut.includes(it) });
  symlinkSync(path.join(root, 'node_modules'), path.join(source, 'node_modules'), 'junction');
  writeBelow(source, 'dist/package/lib/left-by-an-earlier-build.js', '');
  await succeed('npm', ['pack', '--foreground-scripts=false'], source);
  const [tarball = ''] = globSync('*.tgz', { cwd: source });
  const home = path.join(folder, 'package');
  mkdirSync(home, { recursive: true });
  await succeed('tar', ['-xzf', path.join(source, tarball), '--strip-components=1'], home);
  return { home, source };
}

async function succeed(command: string, args: readonly string[], folder: string): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, folder, process.env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
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

export function writeBelow(folder: string, file: string, content: string): void {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}
