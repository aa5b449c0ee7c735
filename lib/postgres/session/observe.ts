import type { PeerCertificate, TLSSocket } from 'node:tls';
import type pg from 'pg';

/** What is seen of a session while it is opened, for who wants to say how it was, whether or not it came about. */
export interface Observer {
  /** A try begins: what was seen of another one does not count. */
  begin(): void;
  /** The encrypted connection stands, and its certificate was accepted as far as the settings ask for that. */
  encrypted(seen: Encryption): void;
  /** The server asks for this. One that asks for nothing is never heard of. */
  asks(method: LoginMethod): void;
}

/** How a server wants to know who logs in. */
export type LoginMethod = 'scram-sha-256' | 'md5' | 'cleartext';

/** An encrypted connection. */
export interface Encryption {
  /** `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly certificate: Certificate;
}

/** What stands in a certificate of a server. */
export interface Certificate {
  /** Hosts and addresses that it is for. */
  readonly names: readonly string[];
  /** Who signed it. */
  readonly issuer: string;
  /** When it ends: ISO 8601 in UTC; empty where it does not say so. */
  readonly validTo: string;
}

const METHODS: readonly (readonly [event: string, method: LoginMethod])[] = [
  ['authenticationSASL', 'scram-sha-256'],
  ['authenticationMD5Password', 'md5'],
  ['authenticationCleartextPassword', 'cleartext'],
];

/** Tells the observer of a connection that is about to be opened. */
export function observe(connection: pg.Connection, observer: Observer): void {
  observer.begin();
  connection.on('sslconnect', () => {
    const socket = (connection as unknown as { stream: TLSSocket }).stream;
    socket.once('secureConnect', () => observer.encrypted(encryptionOf(socket)));
  });
  for (const [event, method] of METHODS) connection.on(event, () => observer.asks(method));
}

/** Reads what was agreed on, once it was. */
export function encryptionOf(socket: TLSSocket): Encryption {
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    certificate: certificateOf(socket.getPeerCertificate()),
  };
}

function certificateOf({
  subject,
  subjectaltname = '',
  issuer,
  valid_to: end,
}: PeerCertificate): Certificate {
  const names = subjectaltname.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  const one = (name: string | string[] | undefined) => [name].flat().filter(Boolean).join(', ');
  const until = Date.parse(end);
  return {
    names: names[0] ? names : [one(subject?.CN)],
    issuer: one(issuer?.CN) || one(issuer?.O) || 'unknown',
    validTo: Number.isNaN(until) ? '' : new Date(until).toISOString(),
  };
}
