import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { perform } from './chaos-command.ts';
import { type ChaosDatabase, withChaosDatabase } from './chaos-database.ts';
import type { Journey } from './chaos-journey.ts';
import { begin, look } from './chaos-person.ts';
import { type ChaosProxy, type FlightSize, startChaosProxy } from './chaos-proxy.ts';
import { learnReference, type Reference } from './chaos-reference.ts';
import { settingsFor } from './migrations.ts';

/** A database with a proxy before it. */
export interface Lane {
  readonly database: ChaosDatabase;
  readonly reference: Reference;
  readonly proxy: ChaosProxy;
  /** Through the proxy. */
  readonly settings: PostgresSettings;
}

export async function withLane<T>(
  serverUrl: string,
  journey: Journey,
  work: (lane: Lane) => Promise<T>,
): Promise<T> {
  return withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, journey);
    const direct = settingsFor(database.url);
    const proxy = await startChaosProxy(direct.database);
    const changes = { host: '127.0.0.1', port: proxy.port, connectTimeoutMs: 5_000 };
    const settings = { ...direct, database: { ...direct.database, ...changes } };
    try {
      return await work({ database, reference, proxy, settings });
    } finally {
      await proxy.close();
    }
  });
}

/** The flights of a run that is not cut. */
export async function measure({
  database,
  reference,
  proxy,
  settings,
}: Lane): Promise<readonly FlightSize[]> {
  const { journey } = reference;
  await begin({ database, reference });
  proxy.aim();
  await perform(journey.command(0), journey.compiled, settings);
  const { done } = await look({ database, reference });
  const { flights } = proxy;
  const commits = flights.reduce((sum, flight) => sum + flight.commits, 0);
  if (done < journey.moves.length || commits < done) {
    throw new Error(`Only ${commits} answers to COMMIT were seen: ${JSON.stringify(flights)}.`);
  }
  return flights;
}
