import { RegistryJobsError } from '../errors/error.ts';
import { type NeededFolder, unwritableFolder } from './folder-error.ts';

/** What helps in every case. */
export const OTHER_SERVER =
  'A server of your own will do as well: --database-url postgres://USER@HOST/DATABASE, for the tests TEST_DATABASE_URL.';

/** Where a server runs, for the sentences about it. */
export interface ServerPlace {
  /** The folder to name when something cannot be written. */
  readonly folder: NeededFolder;
  /** Its data. */
  readonly data: string;
}

interface Known {
  readonly pattern: RegExp;
  readonly explain: (found: readonly string[], place: ServerPlace) => RegistryJobsError;
}

const SIGNALS: Readonly<Record<string, string>> = { 1: 'SIGHUP', 2: 'SIGINT', 15: 'SIGTERM' };

const KNOWN: readonly Known[] = [
  {
    // A terminal sends it to all that it runs: to the programs of Postgres as well.
    pattern:
      /terminated by signal (1|2|15)\b|^caught signal$|received (?:fast|smart|immediate) shutdown request/m,
    explain: ([, signal = '']) => {
      const by = SIGNALS[signal] === undefined ? '' : ` by ${SIGNALS[signal]}`;
      return new RegistryJobsError('stopped', `Stopped${by} before there was a server.`);
    },
  },
  {
    pattern: /could not look up effective user ID (\d+)/,
    explain: ([, uid]) =>
      new RegistryJobsError(
        'embedded-postgres-user',
        `Postgres makes a database only for a user that the machine knows, and user id ${uid} has no entry in /etc/passwd.`,
        {
          hint: 'Run as a user that has one; a container is given those of its host by: docker run --volume /etc/passwd:/etc/passwd:ro',
        },
      ),
  },
  {
    pattern: /(?<!shared memory.*): No space left on device/,
    explain: (_, { folder }) => unwritableFolder(folder, 'ENOSPC'),
  },
  {
    pattern: /initialized by PostgreSQL version (\d+), which is not compatible with this version (\d+)/,
    explain: ([, old, now], { data }) =>
      failed(`The data in ${data} is of Postgres ${old}, and this is Postgres ${now}.`, {
        hint: `Set it aside, and run again with new data: mv '${data}' '${data}-${old}'`,
      }),
  },
  {
    pattern: /Is another postmaster \(PID (\d+)\) running in data directory/,
    explain: ([, pid], { data }) =>
      failed(`Process ${pid} already runs a Postgres on ${data}, and nobody here can reach it.`, {
        hint: `End it, and run again: kill -INT ${pid}`,
      }),
  },
  {
    pattern: /error while loading shared libraries: (\S+):/,
    explain: ([, library]) =>
      failed(`Postgres does not find its library ${library}.`, {
        hint: `Install the packages again, with their scripts: npm ci --ignore-scripts=false. ${OTHER_SERVER}`,
      }),
  },
];

/** Turns what Postgres wrote before it ended into one error: what is known in a sentence of ours, the rest in its own words. */
export function explainFailure(output: string, place: ServerPlace): RegistryJobsError {
  for (const { pattern, explain } of KNOWN) {
    const found = pattern.exec(output);
    if (found) return explain(found, place);
  }
  const where = place.folder.isTemporary ? '' : ` in ${place.folder.path}`;
  const lines = output.trim().split('\n').slice(-20).join('\n');
  return failed(`The embedded Postgres${where} did not start.`, {
    detail: lines || 'It wrote nothing.',
    hint: `Above are its own words. ${OTHER_SERVER}`,
  });
}

/** What ends a server in the middle of its work, or keeps it from going on. */
const ENDS = [/(?<!shared memory.*): No space left on device/, /was terminated by signal (?:4|6|7|9|11)\b/];

/** The line of what a server wrote that says why it could not go on; nothing where none does. */
export function whyItEnded(output: string): string | undefined {
  const line = output.split('\n').find((one) => ENDS.some((pattern) => pattern.test(one)));
  return line?.replace(/^.*?(?:PANIC|FATAL|ERROR|LOG|WARNING):\s+/, '').trim();
}

function failed(message: string, details: { hint: string; detail?: string }): RegistryJobsError {
  return new RegistryJobsError('embedded-postgres-failed', message, details);
}
