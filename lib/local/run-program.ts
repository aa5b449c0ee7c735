import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { RegistryJobsError } from '../errors/error.ts';
import { OTHER_SERVER } from './explain.ts';
import type { ServerUser } from './server-user.ts';

export interface ProgramOptions {
  /** Who runs it, if not we. */
  readonly user?: ServerUser | undefined;
  readonly cwd?: string;
  /** An open file that the program finds as descriptor 3. */
  readonly file?: number;
  /** What it reads from its standard input; without it there is none. */
  readonly input?: string;
}

/** What the programs of Postgres may know of our environment: nothing with a secret in it, since another user may read theirs. */
const VARIABLES = ['PATH', 'TZ', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];

/**
 * Starts a program of Postgres. Its output comes through pipes, in English.
 *
 * @throws RegistryJobsError `embedded-postgres-failed` if it cannot be started; `cause.code` says why
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  { user, cwd, file, input }: ProgramOptions,
): Promise<ChildProcess> {
  const stdio: StdioOptions = [
    input === undefined ? 'ignore' : 'pipe',
    ...(['pipe', 'pipe'] as const),
    ...(file === undefined ? [] : [file]),
  ];
  const own = VARIABLES.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  const env = { ...Object.fromEntries(own), LC_ALL: 'C' };
  // Node leaves all groups of root when it is told a user, and enters the folder before it becomes that user.
  const who = user && { uid: user.uid, gid: user.gid };
  try {
    // Node throws some reasons at once, and tells others by an event.
    const child = spawn(program, args, { ...who, ...(cwd && { cwd }), env, stdio });
    await once(child, 'spawn');
    // It may end without reading all of it, and says why by itself.
    child.stdin?.on('error', () => {}).end(input);
    return child;
  } catch (cause) {
    throw cannotStart(program, user, cause as NodeJS.ErrnoException);
  }
}

/**
 * Runs a program of Postgres to its end. Returns how it ended, and all that it wrote.
 *
 * @throws RegistryJobsError `embedded-postgres-failed` if it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = await startProgram(program, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

/** Whether we are root and may still not become another user: in a container without that right. */
export function isRefusedUser(error: unknown): boolean {
  return ['EPERM', 'EINVAL'].includes((error as { cause?: NodeJS.ErrnoException }).cause?.code ?? '');
}

function cannotStart(program: string, user: ServerUser | undefined, cause: NodeJS.ErrnoException) {
  const isUser = user && isRefusedUser({ cause });
  return new RegistryJobsError(
    'embedded-postgres-failed',
    isUser
      ? `Postgres does not run as root, and this process may not start it as the user ${user.name} (${cause.code}).`
      : `The program ${program} cannot be started${user ? ` as the user ${user.name}` : ''} (${cause.code}).`,
    {
      hint: isUser
        ? `Run as a user that is not root. ${OTHER_SERVER}`
        : cause.code === 'ENOENT'
          ? `Install the packages on this machine: npm ci. Its Postgres needs glibc, so it does not run on Alpine Linux. ${OTHER_SERVER}`
          : OTHER_SERVER,
      cause,
    },
  );
}
