import { formatDuration, listed } from '../text/format.ts';
import type { DoctorCheck } from './doctor.ts';
import type { CertificateFacts, LoginFacts, NetworkFacts, TlsFacts } from './doctor-facts.ts';

/** What the name of the host came to. Pure. */
export function checkName(host: string, address: string | undefined, found: NetworkFacts): DoctorCheck {
  const ok = (message: string): DoctorCheck => ({ step: 'name', status: 'ok', message });
  if (address !== undefined) return ok(`${host} was not looked up: the settings name the address ${address}`);
  if (host.startsWith('/')) return ok(`${host} is the folder of a socket: there is no name to look up`);
  const { addresses = [] } = found;
  if (addresses.length === 1 && addresses[0] === host) return ok(`${host} is an address`);
  return ok(`${host} is ${listed(addresses, 8)}`);
}

/**
 * Which address was reached. Pure.
 *
 * @param near whether it is on this machine, where one of two families of addresses is often not listened on
 */
export function checkNetwork(
  port: number,
  near: boolean,
  { reached, refused = [] }: NetworkFacts,
): DoctorCheck | undefined {
  if (!reached) return undefined;
  const message = `${at(reached.address, port)} accepts connections, in ${formatDuration(reached.connectMs)}`;
  if (refused.length === 0) return { step: 'network', status: 'ok', message };
  const others = refused.map(({ address, reason }) => `${at(address, port)} does not (${reason})`);
  return { step: 'network', status: near ? 'ok' : 'warning', message: `${message}; ${listed(others, 8)}` };
}

function at(address: string, port: number): string {
  if (address.startsWith('/')) return `${address}/.s.PGSQL.${port}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** In milliseconds: who renews certificates by hand wants to know a few weeks before. */
const SOON_MS = 21 * 86_400_000;

/**
 * How the session is protected, against whom. Pure.
 *
 * @param near whether the connection stays on this machine
 * @param from where the mode came from
 * @param now in milliseconds since the epoch
 */
export function checkTls(tls: TlsFacts, near: boolean, from: string, now: number): DoctorCheck {
  const { mode, version, cipher, certificate, verifiedName, authorityVerified } = tls;
  if (version === undefined || !certificate) {
    const asked = mode === 'disable' ? `the settings ask for none` : 'the server was reached without it';
    const message = `not encrypted: ${asked} (${mode}, ${from})`;
    if (near) return { step: 'tls', status: 'ok', message: `${message}; the server is on this machine` };
    const hint = 'Passwords and data can be read on the way. Ask for verify-full where it was decided.';
    return { step: 'tls', status: 'warning', message, hint };
  }
  const seen = `${version}, ${cipher}; ${describeCertificate(certificate)}`;
  if (!authorityVerified) {
    const message = `${seen}; it was not verified, since the settings ask for ${mode} (${from})`;
    return {
      step: 'tls',
      status: near ? 'ok' : 'warning',
      message,
      ...(!near && { hint: 'Whoever is between could be the server. Ask for verify-full instead.' }),
    };
  }
  const against =
    verifiedName === undefined
      ? `its authority was verified, its name was not (${mode}, ${from})`
      : `it was verified against ${verifiedName} (${mode}, ${from})`;
  const isSoon = Date.parse(certificate.validTo) - now < SOON_MS;
  const message = `${seen}; ${against}`;
  return isSoon
    ? { step: 'tls', status: 'warning', message: `${message}; it ends soon`, hint: 'Have it renewed.' }
    : { step: 'tls', status: 'ok', message };
}

/** `certificate for db.example, signed by Some CA, until 2049-01-01`. Pure. */
export function describeCertificate({ names, issuer, validTo }: CertificateFacts): string {
  const until = validTo === '' ? '' : `, until ${validTo.slice(0, 10)}`;
  return `certificate for ${listed(names, 4)}, signed by ${issuer}${until}`;
}

/** Who was let in. Pure. */
export function checkLogin({ user, method }: LoginFacts, isIam: boolean, database: string): DoctorCheck {
  const how =
    method === 'none'
      ? 'the server asked for no password (trust or peer in its pg_hba.conf)'
      : isIam
        ? 'with a token of IAM'
        : `with a password (${method})`;
  return { step: 'login', status: 'ok', message: `${user} was let into ${database}, ${how}` };
}
