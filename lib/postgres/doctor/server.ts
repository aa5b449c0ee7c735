import type { ConnectionFacts, DefaultFacts, ServerFacts, SessionFacts } from '../../reports/doctor-facts.ts';
import type { Connection } from '../session/connection.ts';
import { AURORA, CONFIGURATION, CONNECTIONS, DEFAULTS, LOOKED_AT, PING, SERVER } from './server-sql.ts';

/** Which server it is, by what it says itself. */
export async function readServer(connection: Connection): Promise<ServerFacts> {
  const { rows } = await connection.send(SERVER);
  const [{ version, standby, rds, aurora, sessionUser, currentUser, address, port } = {}] = rows;
  const said = aurora === true ? (await connection.send(AURORA)).rows[0]?.version : undefined;
  return {
    // Distributions add their own: `16.4 (Debian 16.4-1)`.
    version: String(version).split(' ')[0] ?? '',
    kind: aurora === true ? 'aurora' : rds === true ? 'rds' : 'plain',
    ...(said !== undefined && { auroraVersion: String(said) }),
    role: standby === true ? 'standby' : 'primary',
    ...(typeof address === 'string' && { address, port: Number(port) }),
    sessionUser: String(sessionUser),
    currentUser: String(currentUser),
  };
}

/** What a session would begin with, had ours not its own. Who may not look at the files of the server is told what the catalog says. */
export async function readDefaults(
  connection: Connection,
): Promise<Pick<SessionFacts, 'defaults' | 'configurationSeen'>> {
  const values = [LOOKED_AT];
  const [own, files] = await Promise.all([
    connection.send(DEFAULTS, { values }),
    connection.send(CONFIGURATION, { values }).catch(() => undefined),
  ]);
  const stronger = own.rows as unknown as DefaultFacts[];
  const weaker = ((files?.rows ?? []) as unknown as DefaultFacts[]).filter(
    ({ setting }) => !stronger.some((one) => one.setting === setting),
  );
  return { defaults: [...stronger, ...weaker], configurationSeen: files !== undefined };
}

export async function readConnections(connection: Connection): Promise<ConnectionFacts | undefined> {
  const { rows } = await connection.send(CONNECTIONS);
  return rows[0] as unknown as ConnectionFacts | undefined;
}

const PINGS = 5;

/** Several round trips, one after the other, and what the quickest of them says of the clock there. */
export async function measure(
  connection: Connection,
): Promise<Required<Pick<SessionFacts, 'roundTripMs' | 'clockAheadMs'>>> {
  const trips: { readonly ms: number; readonly ahead: number }[] = [];
  for (let number = 0; number < PINGS; number++) {
    const [wall, start] = [Date.now(), performance.now()];
    const { rows } = await connection.send(PING);
    const ms = performance.now() - start;
    trips.push({ ms, ahead: Number(rows[0]?.at) - (wall + ms / 2) });
  }
  trips.sort((one, other) => one.ms - other.ms);
  return { roundTripMs: trips[PINGS >> 1]?.ms ?? 0, clockAheadMs: trips[0]?.ahead ?? 0 };
}
