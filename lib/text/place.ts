/** Where a server is, and how it is reached. */
interface Server {
  readonly host: string;
  readonly port: number;
  /** The IP address that is connected to instead of the host's: the near end of a tunnel. */
  readonly address?: string | undefined;
}

/** `db.example.org:5432`; through a tunnel `db.example.org through 127.0.0.1:15432`. */
export function reachedAt({ host, port, address }: Server): string {
  return address === undefined ? `${host}:${port}` : `${host} through ${address}:${port}`;
}

/**
 * Which database, for reports and questions: `shop on db.example.org as migrator`; through a tunnel
 * `shop on db.example.org (through 127.0.0.1:15432) as migrator`.
 */
export function placeOf({ name, user, ...server }: Server & { name: string; user: string }): string {
  const { host, port, address } = server;
  return `${name} on ${host}${address === undefined ? '' : ` (through ${address}:${port})`} as ${user}`;
}

/** The same to the port, where two servers of one machine must not be taken for each other: `shop on localhost:5433 as me`. */
export function exactPlaceOf({ name, user, ...server }: Server & { name: string; user: string }): string {
  return `${name} on ${reachedAt(server)} as ${user}`;
}
