import { mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import type { ServerPlace } from './explain.ts';
import { inFolder } from './folder-error.ts';
import { makeCluster } from './initdb.ts';
import type { Programs } from './programs.ts';
import { copyReadyCluster } from './ready-cluster.ts';
import type { ServerUser } from './server-user.ts';

/**
 * Makes the data of a new server: beside their place, and then moved there, so that what was interrupted is never taken
 * for data. They are a copy of a cluster that was made before, where there can be one, since initdb takes several times as long.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`, `embedded-postgres-user`, `unwritable-folder`
 */
export async function createData(
  programs: Programs,
  user: ServerUser | undefined,
  password: string,
  place: ServerPlace,
): Promise<void> {
  await inFolder(place.folder, async () => {
    const making = await mkdtemp(path.join(path.dirname(place.data), 'new-'));
    try {
      const data =
        (await copyReadyCluster(programs, user, making, password, place)) ??
        (await makeCluster(programs.initdb, user, making, password, place));
      await moveTo(place.data, data);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  });
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
