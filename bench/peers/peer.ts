import type { GeneratedMigration } from '../generate.ts';

/** Where a tool connects to: the proxy, and behind it a database of its own. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A tool that is measured, ready to run. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** The table in which it records what it applied, one row each. */
  readonly ledger: string;
  /** Whether it knows by itself that there is nothing to do. */
  readonly canRepeat: boolean;
  /** Applies what is pending. Throws, with the tool's own words, when that fails. */
  run(target: Target): Promise<void>;
}

/** Why a tool cannot be measured here. */
export interface MissingPeer {
  readonly name: string;
  readonly missing: string;
}

/** Writes the migrations in a tool's own format into a folder, which is empty, and gets it ready. */
export type PreparePeer = (
  migrations: readonly GeneratedMigration[],
  folder: string,
) => Promise<Peer | MissingPeer>;

/** TLS is off everywhere: it would add the same flights to every tool. */
export function targetUrl(target: Target): string {
  const { user, password, host, port, database } = target;
  return `postgres://${user}:${password}@${host}:${port}/${database}?sslmode=disable`;
}
