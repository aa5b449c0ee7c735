import { chown, mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { explainFailure, type ServerPlace } from './explain.ts';
import { runProgram } from './run-program.ts';
import { SUPERUSER } from './server.ts';
import { pathFor } from './server-process.ts';
import type { ServerUser } from './server-user.ts';

/** What initdb is told, whatever the place and the password. */
export const INITDB_OPTIONS = [
  ...['--auth=scram-sha-256', `--username=${SUPERUSER}`],
  ...['--encoding=UTF8', '--no-locale', '--no-sync'],
] as const;

/**
 * Has initdb make a cluster in `making`, an empty folder of ours, and returns the folder of its data. The password goes by a file that only
 * the server's user can read.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`, `embedded-postgres-user`, `unwritable-folder`
 */
export async function makeCluster(
  initdb: string,
  user: ServerUser | undefined,
  making: string,
  password: string,
  place: ServerPlace,
): Promise<string> {
  const data = await makeDataFolder(user, making);
  const file = path.join(making, 'password');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (user) await giveTo(user, file);
  await runInitdb(initdb, user, data, file, place);
  return data;
}

/**
 * An empty folder for data, of the server's user.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`
 */
export async function makeDataFolder(user: ServerUser | undefined, making: string): Promise<string> {
  const data = path.join(making, 'data');
  await mkdir(data, { mode: 0o700 });
  if (user) await giveTo(user, data);
  return data;
}

async function runInitdb(
  initdb: string,
  user: ServerUser | undefined,
  data: string,
  passwordFile: string,
  place: ServerPlace,
): Promise<void> {
  const seen = pathFor(user, data);
  const file = await open(passwordFile);
  try {
    const args = [
      `--pgdata=${seen}`,
      // Where the user may not enter the folder of the file, an open file has a name as well.
      `--pwfile=${seen === data ? passwordFile : '/proc/self/fd/3'}`,
      ...INITDB_OPTIONS,
    ];
    const { code, output } = await runProgram(initdb, args, { user, cwd: data, file: file.fd });
    if (code !== 0) throw explainFailure(output, place);
  } finally {
    await file.close();
  }
}

async function giveTo(user: ServerUser, file: string): Promise<void> {
  try {
    await chown(file, user.uid, user.gid);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RegistryJobsError(
      'embedded-postgres-failed',
      `Postgres does not run as root, and ${file} cannot be given to the user ${user.name} (${code}).`,
      {
        hint: 'Run as a user that is not root, or name a folder on a disk of this machine: REGISTRY_JOBS_EMBEDDED=/path/to/folder in the .env file, or export TMPDIR=/path/to/folder',
        cause,
      },
    );
  }
}
