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

/** A database of a server, with who is logged in there; or a SQLite database, by its file as it was named. */
type Place = (Server & { readonly name: string; readonly user: string }) | FilePlace;

interface FilePlace {
  readonly kind: 'sqlite';
  readonly name: string;
}

function isFile(place: Place): place is FilePlace {
  return 'kind' in place && place.kind === 'sqlite';
}

/**
 * Which database, for reports and questions: `shop on db.example.org as migrator`; through a tunnel
 * `shop on db.example.org (through 127.0.0.1:15432) as migrator`;
 * of SQLite the file, as it was named.
 */
export function placeOf(place: Place): string {
  if (isFile(place)) return place.name;
  const { name, user, ...server } = place;
  const { host, port, address } = server;
  return `${name} on ${host}${address === undefined ? '' : ` (through ${address}:${port})`} as ${user}`;
}

/** The same to the port, where two servers of one machine must not be taken for each other: `shop on localhost:5433 as me`. */
export function exactPlaceOf(place: Place): string {
  if (isFile(place)) return place.name;
  const { name, user, ...server } = place;
  return `${name} on ${reachedAt(server)} as ${user}`;
}
