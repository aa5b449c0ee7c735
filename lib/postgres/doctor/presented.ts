import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as encrypt } from 'node:tls';
import type { CertificateFacts } from '../../reports/doctor-facts.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { encryptionOf } from '../session/observe.ts';

/** The length of the message, and the number that asks for TLS in place of a version. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * What certificate a server shows, whoever signed it: for who has to be told why it was not accepted. Says nothing to the server but that it
 * wants TLS, and believes nothing that it says.
 *
 * @returns nothing where it shows none in the time for connecting
 */
export async function presentedCertificate(
  { host, port, directTls, connectTimeoutMs }: DatabaseSettings,
  address: string,
): Promise<CertificateFacts | undefined> {
  const signal = AbortSignal.timeout(connectTimeoutMs);
  const socket = connect({ host: address, port });
  // What goes wrong later than what is waited for must not end the process.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal });
    if (!directTls) {
      socket.write(SSL_REQUEST);
      const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
      if (answer.toString('latin1') !== 'S') return undefined;
    }
    const secure = encrypt({
      socket,
      rejectUnauthorized: false,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(directTls && { ALPNProtocols: ['postgresql'] }),
    });
    secure.on('error', () => {});
    await once(secure, 'secureConnect', { signal });
    return encryptionOf(secure).certificate;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
