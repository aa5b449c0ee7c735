import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Next } from '../../reports/doctor.ts';
import type { ServerFacts } from '../../reports/doctor-facts.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { shellWord } from '../../text/format.ts';

/** Asks the same server as the same user, with what every machine with Postgres has. Without a statement it opens a session. Pure. */
export function psqlCommand(settings: DatabaseSettings, sql?: string): string {
  const { user, database } = settings;
  const command = `${way(settings)}psql ${server(settings)} --username ${shellWord(user)} --dbname ${shellWord(database)}`;
  return sql === undefined ? command : `${command} --command ${shellWord(sql)}`;
}

/**
 * What to do next where a session could not be opened, and the error itself names no command. Pure.
 *
 * @param behind the server that a pooler leads to
 */
export function nextFor(
  code: ErrorCode,
  settings: DatabaseSettings,
  behind: Pick<ServerFacts, 'address' | 'port'> = {},
): Next | undefined {
  const { host, port, address, user, database } = settings;
  switch (code) {
    case 'connect-unknown-host':
      return { words: 'See what the resolver knows', run: `nslookup ${shellWord(host)}` };
    case 'connect-refused':
    case 'connect-timeout':
    case 'connect-starting':
    case 'connect-failed':
      return { words: 'See what answers there', run: `${way(settings)}pg_isready ${server(settings)}` };
    case 'connect-denied':
      return { words: 'Try it by hand', run: psqlCommand(settings) };
    case 'connect-certificate': {
      const to = shellWord(`${address ?? host}:${port}`);
      return {
        words: 'See all of what it shows',
        run: `openssl s_client -starttls postgres -connect ${to} -servername ${shellWord(host)} -showcerts`,
      };
    }
    case 'connect-no-tls':
      return { words: 'Look without it', run: 'PGSSLMODE=disable registry-jobs doctor' };
    case 'connect-pooler': {
      const { address: own = 'HOST_OF_THE_DATABASE', port: ownPort = 5432 } = behind;
      const at = `${own.includes(':') ? `[${own}]` : own}:${ownPort}`;
      const url = `postgres://${encodeURIComponent(user)}@${at}/${encodeURIComponent(database)}`;
      const words =
        behind.address === undefined ? 'Look at that' : `Behind it is ${at}, says the server. Look at that`;
      return { words, run: `registry-jobs doctor --database-url ${shellWord(url)}` };
    }
    case 'token-failed':
      return { words: 'See who you are to AWS', run: 'aws sts get-caller-identity' };
    default:
      return undefined;
  }
}

function way({ address }: DatabaseSettings): string {
  return address === undefined ? '' : `PGHOSTADDR=${address} `;
}

function server({ host, port }: DatabaseSettings): string {
  return `--host ${shellWord(host)} --port ${port}`;
}
