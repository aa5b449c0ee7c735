import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dumpSchema } from '../../lib/postgres/dump/dump.ts';
import { databaseSettings } from './settings.ts';

const run = promisify(execFile);

/** Writes the schema of a database as SQL. */
export interface Dump {
  (url: string): Promise<string>;
  /** Whether a start of it takes no time to speak of. */
  readonly isQuick: boolean;
}

/**
 * How to dump a server of a version: by the program of this machine, with what belongs to the database itself, where that is as new as the
 * server; otherwise by the one that the project brings, which takes some 0.4 s to start.
 */
export async function findDump(major: number): Promise<Dump> {
  const version = await run('pg_dump', ['--version']).then(
    ({ stdout }) => Number(/(\d+)/.exec(stdout)?.[1]),
    () => 0,
  );
  return version < major
    ? Object.assign(byOurs, { isQuick: false })
    : Object.assign(byProgram, { isQuick: true });
}

async function byProgram(url: string): Promise<string> {
  const { stdout } = await run('pg_dump', ['--schema-only', '--create', '--blobs', url], {
    maxBuffer: 64 * 1024 * 1024,
  });
  // Newer ones begin and end with a word that is another one each time.
  return stdout.replace(/^\\(un)?restrict .*$/gm, '');
}

async function byOurs(url: string): Promise<string> {
  const ledger = { schema: 'public', table: 'no_such_ledger' };
  return (await dumpSchema(databaseSettings(url), { ledger })).sql;
}
