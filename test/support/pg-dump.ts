import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Writes the schema of the database of a connection string as SQL, with what belongs to the database itself. */
export type Dump = (url: string) => Promise<string>;

/** How to dump a server of a version, or nothing where this machine has no program for it: one takes servers of its own age and older ones. */
export async function findDump(major: number): Promise<Dump | undefined> {
  const version = await run('pg_dump', ['--version']).then(
    ({ stdout }) => Number(/(\d+)/.exec(stdout)?.[1]),
    () => 0,
  );
  if (version < major) return undefined;
  return async (url) => {
    const { stdout } = await run('pg_dump', ['--schema-only', '--create', '--blobs', url], {
      maxBuffer: 64 * 1024 * 1024,
    });
    // Newer ones begin and end with a word that is another one each time.
    return stdout.replace(/^\\(un)?restrict .*$/gm, '');
  };
}
