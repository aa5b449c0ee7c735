import { once } from 'node:events';
import { createServer, connect as openSocket, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that can lose what is between two hosts: nobody is told, nothing passes any more. */
export interface SwallowingProxy {
  readonly port: number;
  /** From now on nothing of the connections that there are passes; new ones do. */
  swallow(): void;
  close(): Promise<void>;
}

export async function startSwallowingProxy(to: { host: string; port: number }): Promise<SwallowingProxy> {
  const sockets = new Set<Socket>();
  let lost = new Set<Socket>();
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const server = openSocket({ ...to, noDelay: true, allowHalfOpen: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    const join = (from: Socket, other: Socket) => {
      from.on('data', (bytes) => lost.has(from) || other.write(bytes));
      from.on('end', () => lost.has(from) || other.end());
      from.on('close', () => lost.has(from) || other.destroy());
    };
    join(client, server);
    join(server, client);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || !address) throw new Error('The proxy has no port.');
  return {
    port: address.port,
    swallow: () => {
      lost = new Set(sockets);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
