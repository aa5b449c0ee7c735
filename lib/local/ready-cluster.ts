import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { packFolder, unpackFolder } from './cluster-archive.ts';
import { cacheFolder, canKeep, clusterFile, keepCluster, readCluster } from './cluster-cache.ts';
import type { ServerPlace } from './explain.ts';
import { INITDB_OPTIONS, makeCluster, makeDataFolder } from './initdb.ts';
import type { Programs } from './programs.ts';
import { runProgram } from './run-program.ts';
import { SUPERUSER } from './server.ts';
import { pathFor } from './server-process.ts';
import type { ServerUser } from './server-user.ts';

/**
 * Makes data in `making` of a cluster that is made once for a version of Postgres and kept for this user, and returns their folder. What is
 * kept holds no data of anybody and a password that nobody knows; the copy is given its own before any server runs on it.
 *
 * Undefined where this cannot be done, for any reason: initdb will do, or say why not. What could not be used is not kept.
 */
export async function copyReadyCluster(
  programs: Programs,
  user: ServerUser | undefined,
  making: string,
  password: string,
  place: ServerPlace,
): Promise<string | undefined> {
  const folder = await cacheFolder();
  if (!folder || !canBeTyped(password)) return undefined;
  const file = clusterFile(folder, madeOf(programs));
  const own = path.join(making, 'copy');
  try {
    const archive = (await readCluster(file)) ?? (await makeArchive(file, programs, user, making, place));
    if (!archive) return undefined;
    await mkdir(own);
    const data = await makeDataFolder(user, own);
    unpackFolder(archive, data, user, place.folder.isTemporary);
    await setPassword(programs.postgres, user, data, password);
    return data;
  } catch {
    await rm(own, { recursive: true, force: true });
    await rm(file, { force: true }).catch(() => {});
    return undefined;
  }
}

/** All that decides what initdb makes: it writes the time zone of the machine into the settings. */
function madeOf({ name }: Programs): string[] {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return [name, ...INITDB_OPTIONS, process.env.TZ ?? '', timeZone];
}

async function makeArchive(
  file: string,
  { initdb }: Programs,
  user: ServerUser | undefined,
  making: string,
  place: ServerPlace,
): Promise<Buffer | undefined> {
  if (!(await canKeep(file))) return undefined;
  const first = await mkdtemp(path.join(making, 'first-'));
  const nobodyKnows = randomBytes(32).toString('base64url');
  const archive = packFolder(await makeCluster(initdb, user, first, nobodyKnows, place));
  await rm(first, { recursive: true, force: true });
  await keepCluster(file, archive);
  return archive;
}

/** One line of SQL takes it as it is. */
function canBeTyped(password: string): boolean {
  return /^[\x20-\x7e]+$/.test(password);
}

/** By the server's own program, which here serves its standard input alone and nobody else. */
async function setPassword(
  postgres: string,
  user: ServerUser | undefined,
  data: string,
  password: string,
): Promise<void> {
  const args = ['--single', '-F', '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off'];
  const input = `ALTER ROLE ${SUPERUSER} PASSWORD '${password.replaceAll("'", "''")}';\n`;
  const { code } = await runProgram(postgres, [...args, '-D', pathFor(user, data), 'postgres'], {
    user,
    cwd: data,
    input,
  });
  if (code !== 0) throw new Error(`postgres --single ended with ${code}`);
}
