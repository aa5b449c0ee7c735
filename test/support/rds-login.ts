import type { Socket } from 'node:net';
import type { Identity } from './certificate.ts';
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

export interface RdsLogin extends TlsProxy {
  /** Every attempt: who, and what came as the password. */
  readonly attempts: readonly { readonly user: string; readonly password: string }[];
}

/**
 * Stands for RDS as it treats a user that has `rds_iam`: by TLS it asks for the password in the clear, has PAM look at it,
 * and refuses, since nobody signed these tokens with credentials that AWS knows.
 */
export async function startRdsLogin(tls: Identity): Promise<RdsLogin> {
  const attempts: { user: string; password: string }[] = [];
  const behind = (client: Socket) => {
    client.once('data', (startup: Buffer) => {
      const user = /\0user\0([^\0]*)\0/.exec(startup.toString('latin1', 7))?.[1] ?? '';
      client.write(message('R', Buffer.from([0, 0, 0, CLEARTEXT_PASSWORD])));
      client.once('data', (answer: Buffer) => {
        attempts.push({ user, password: answer.toString('utf8', 5, answer.length - 1) });
        const text = `PAM authentication failed for user "${user}"`;
        client.end(message('E', Buffer.from(`SFATAL\0C28000\0M${text}\0\0`)));
      });
    });
  };
  return { ...(await startTlsProxy({ tls, behind })), attempts };
}

const CLEARTEXT_PASSWORD = 3;

/** A message of the protocol: a letter, a length that counts itself, a body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
