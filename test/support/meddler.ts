import { createServer, connect as openSocket } from 'node:net';

/** Looks at what passes and may change it. `cut` ends the connection instead of passing it on. */
export interface Meddler {
  readonly toClient?: (bytes: Buffer) => Buffer | 'cut';
  readonly toServer?: (bytes: Buffer) => Buffer | 'cut';
}

/** Runs `work` with the URL of a proxy in front of a database. */
export async function withProxy<T>(
  url: string,
  { toClient = (bytes) => bytes, toServer = (bytes) => bytes }: Meddler,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const target = new URL(url);
  const server = createServer((client) => {
    const upstream = openSocket(Number(target.port || 5432), target.hostname);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    const pass = (bytes: Buffer | 'cut', to: typeof client) => (bytes === 'cut' ? end() : to.write(bytes));
    client.on('data', (bytes: Buffer) => pass(toServer(bytes), upstream));
    upstream.on('data', (bytes: Buffer) => pass(toClient(bytes), client));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(typeof address === 'object' && address ? address.port : 0);
  try {
    return await work(proxied.toString());
  } finally {
    server.close();
  }
}
