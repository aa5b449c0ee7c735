import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Identity } from './certificate.ts';

export interface TlsProxyOptions {
  readonly tls: Identity | 'refused' | 'never answers';
  /** The server in the clear, or what speaks in its place. */
  readonly behind: { readonly host: string; readonly port: number } | ((client: Socket) => void);
}

export interface TlsProxy {
  readonly host: string;
  readonly port: number;
  /** How many connections were encrypted. */
  encrypted(): number;
  close(): void;
}

const SSL_REQUEST = 80_877_103;

/** Stands in front of the server of the run, which has no TLS of its own, and speaks TLS for it. */
export async function startTlsProxy({ tls, behind }: TlsProxyOptions): Promise<TlsProxy> {
  let encrypted = 0;
  const sockets = new Set<Socket>();
  const serve = (from: Socket, first?: Buffer) => {
    if (typeof behind === 'function') return behind(from);
    const to = connect(behind.port, behind.host);
    sockets.add(to);
    for (const [one, other] of [[from, to] as const, [to, from] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    if (first) to.write(first);
    from.pipe(to).pipe(from);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (tls === 'never answers') return;
    socket.once('data', (first: Buffer) => {
      if (first.readInt32BE(4) !== SSL_REQUEST) return serve(socket, first);
      if (tls === 'refused') return socket.write('N');
      socket.write('S');
      encrypted++;
      const secureContext = createSecureContext({ cert: tls.certificate, key: tls.key });
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => {});
      secure.on('secure', () => serve(secure));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { host: '127.0.0.1', port, encrypted: () => encrypted, close };
}
