import { statisticsFunctionName } from '../contract.ts';
import { tlsModes } from './settings.ts';

/* How the text of a setting is read. Each throws an Error whose message completes "NAME: ...". */

export function parseAuth(value: string): 'password' | 'iam' {
  if (value === 'password' || value === 'iam') return value;
  throw new Error(`"${value}" is neither password nor iam`);
}

export function parseTlsMode(value: string): (typeof tlsModes)[number] {
  const mode = tlsModes.find((known) => known === value);
  if (mode) return mode;
  const instead = value === 'no-verify' ? '; what encrypts and checks nothing is require' : '';
  throw new Error(`"${value}" is not one of ${tlsModes.join(', ')}${instead}`);
}

export function parseTlsNegotiation(value: string): boolean {
  if (value === 'postgres' || value === 'direct') return value === 'direct';
  throw new Error(`"${value}" is neither postgres nor direct`);
}

export function parseChannelBinding(value: string): 'disable' | 'prefer' | 'require' {
  if (value === 'disable' || value === 'prefer' || value === 'require') return value;
  throw new Error(`"${value}" is not one of disable, prefer, require`);
}

/**
 * Which server will do, as libpq asks for it. A session of ours sets by itself whether it may write, so `read-write` and `read-only` can
 * only be about the server: every one takes what reads.
 */
export function parseTargetSession(value: string): 'primary' | 'standby' | undefined {
  switch (value) {
    case 'any':
    case 'read-only':
    case 'prefer-standby':
      return undefined;
    case 'primary':
    case 'read-write':
      return 'primary';
    case 'standby':
      return 'standby';
    default:
      throw new Error(
        `"${value}" is not one of any, read-write, read-only, primary, standby, prefer-standby`,
      );
  }
}

/** A name, an address or the folder of a socket. What it is not is not repeated: it may be a URL with a password. */
export function parseHost(value: string): string {
  if (value.startsWith('/')) return value;
  if (value.includes(',')) throw new Error('names several hosts; name the one that is to be worked with');
  if (/[\s@/]/.test(value)) throw new Error('is not the name of a host; a URL is for DATABASE_URL');
  return value;
}

/** Names are for `host`: this is where the packets go. */
export function parseAddress(value: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(value) || /^[\da-f:.]*:[\da-f:.]*(%\w+)?$/i.test(value)) return value;
  throw new Error(`"${value}" is not an IP address such as 127.0.0.1; a name is for PGHOST`);
}

export function parsePort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new Error(`"${value}" is not a port from 1 to 65535`);
}

export function parseBoolean(value: string): boolean {
  if (/^(true|on|yes|1)$/i.test(value)) return true;
  if (/^(false|off|no|0|)$/i.test(value)) return false;
  throw new Error(`"${value}" is neither on nor off`);
}

export function parseFunctionNames(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!statisticsFunctionName.test(name)) {
      throw new Error(`"${name}" is not the name of a function (name or schema.name, separated by commas)`);
    }
  }
  return names;
}
