import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkFacts } from '../../reports/doctor-facts.ts';
import type { DatabaseSettings, ServerPatience } from '../../settings/settings.ts';

/** No name of a database stands for more; and each is asked. */
const MOST_ADDRESSES = 8;

/** Where to knock: a name's addresses, an address that was given, or a socket. */
type Server = Pick<DatabaseSettings, 'host' | 'port' | 'address' | 'connectTimeoutMs'>;

/**
 * Looks the host up as the sessions do: by the resolver of this machine, hosts file included.
 *
 * @throws what the resolver throws, with its code: `ENOTFOUND`, `EAI_AGAIN`
 */
export async function resolveHost({ host, address }: Server): Promise<readonly string[]> {
  if (address !== undefined) return [address];
  if (host.startsWith('/')) return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map((one) => one.address))].slice(0, MOST_ADDRESSES);
}

/**
 * Opens a connection to each address at the same time and closes it at once, without a word to the server.
 *
 * @returns the first address, in the order of the resolver, that took it, and those that did not
 * @throws what the first one threw, with its code, where none did
 */
export async function knock(
  { port, connectTimeoutMs }: Server,
  addresses: readonly string[],
): Promise<NetworkFacts> {
  const answers = await Promise.allSettled(addresses.map((one) => open(one, port, connectTimeoutMs)));
  const all = answers.map((answer, index) => ({ answer, address: addresses[index] ?? '' }));
  const taken = all.flatMap(({ answer, address }) =>
    answer.status === 'fulfilled' ? [{ address, connectMs: answer.value }] : [],
  );
  const refused = all.flatMap(({ answer, address }) =>
    answer.status === 'rejected' ? [{ address, reason: reasonOf(answer.reason) }] : [],
  );
  const [reached] = taken;
  const [first] = answers;
  if (!reached) throw first?.status === 'rejected' ? first.reason : new Error('the host has no address');
  return { reached, ...(refused.length > 0 && { refused }) };
}

/** How long after an answer it knocks again. */
const KNOCK_MS = 250;

/** What a look at the network comes to. */
interface Look {
  readonly network: NetworkFacts;
  /** The last one says why it is not reached. */
  readonly checks: readonly { readonly message: string }[];
}

/** Looks again while a server is not there yet, where somebody said for how long. Its session is waited for where that is opened. */
export async function untilReached<T extends Look>(
  look: () => Promise<T>,
  patience: ServerPatience | undefined,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found.network.reached || patience === undefined || Date.now() >= patience.until) return found;
    patience.onWait?.(found.checks.at(-1)?.message ?? '');
    await sleep(KNOCK_MS);
  }
}

/** @returns how long it took, in milliseconds */
function open(address: string, port: number, timeoutMs: number): Promise<number> {
  const to = address.startsWith('/') ? { path: `${address}/.s.PGSQL.${port}` } : { host: address, port };
  const start = performance.now();
  const socket = connect(to);
  return new Promise<number>((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('timeout expired')));
    socket.once('connect', () => resolve(performance.now() - start));
    socket.once('error', reject);
  }).finally(() => socket.destroy());
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}
