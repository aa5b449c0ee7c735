import { chown, mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { explainFailure, type ServerPlace } from './explain.ts';
import { inFolder } from './folder-error.ts';
import type { Programs } from './programs.ts';
import { runProgram } from './run-program.ts';
import { SUPERUSER } from './server.ts';
import { pathFor } from './server-process.ts';
import type { ServerUser } from './server-user.ts';

/**
 * Makes the data of a new server: beside their place, and then moved there, so that what was interrupted is never taken
 * for data. The password goes by a file that only the server's user can read.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`, `embedded-postgres-user`, `unwritable-folder`
 */
export async function createData(
  { initdb }: Programs,
  user: ServerUser | undefined,
  password: string,
  place: ServerPlace,
): Promise<void> {
  await inFolder(place.folder, async () => {
    const making = await mkdtemp(path.join(path.dirname(place.data), 'new-'));
    try {
      const data = path.join(making, 'data');
      const file = path.join(making, 'password');
      await mkdir(data, { mode: 0o700 });
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      if (user) await giveTo(user, [data, file]);
      await runInitdb(initdb, user, data, file, place);
      await moveTo(place.data, data);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  });
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
      ...['--auth=scram-sha-256', `--username=${SUPERUSER}`],
      ...['--encoding=UTF8', '--no-locale', '--no-sync'],
    ];
    const { code, output } = await runProgram(initdb, args, { user, cwd: data, file: file.fd });
    if (code !== 0) throw explainFailure(output, place);
  } finally {
    await file.close();
  }
}

async function giveTo(user: ServerUser, files: readonly string[]): Promise<void> {
  try {
    for (const file of files) await chown(file, user.uid, user.gid);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RegistryJobsError(
      'embedded-postgres-failed',
      `Postgres does not run as root, and ${files[0]} cannot be given to the user ${user.name} (${code}).`,
      {
        hint: 'Run as a user that is not root, or name a folder on a disk of this machine: REGISTRY_JOBS_EMBEDDED=/path/to/folder in the .env file, or export TMPDIR=/path/to/folder',
        cause,
      },
    );
  }
}

/** An empty folder may be there. */
async function moveTo(target: string, data: string): Promise<void> {
  try {
    await rename(data, target);
  } catch (cause) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw new RegistryJobsError(
      'embedded-postgres-failed',
      `${target} holds files, and they are not the data of a Postgres: there is no PG_VERSION among them.`,
      { hint: `Set them aside, and run again with new data: mv '${target}' '${target}-old'`, cause },
    );
  }
}
