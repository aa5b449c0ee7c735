import { readFile, stat } from 'node:fs/promises';

/** Who runs the server's programs instead of root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** The first one of these that the machine knows. No user is made: it would stay when everything else is gone. */
const USERS = ['postgres', 'nobody'];

/**
 * Postgres refuses to run as root. Then whoever owns the data runs it, and new data is made by the user `postgres`, or
 * by `nobody` where there is none. For anybody else there is no such user: the server runs as who we are.
 *
 * @param data the folder of the data, whether it is there or not
 */
export async function chooseServerUser(data: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await stat(data).catch(() => undefined);
  if (found && found.uid !== 0) return { uid: found.uid, gid: found.gid, name: `with the id ${found.uid}` };
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  for (const name of USERS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid)) return { uid: Number(uid), gid: Number(gid), name };
  }
  return { uid: 65_534, gid: 65_534, name: 'with the id 65534' };
}
