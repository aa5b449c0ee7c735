import { randomBytes } from 'node:crypto';
import { type Connection, withConnection } from '../../lib/postgres/session/connection.ts';
import { createTestDatabase, queryOnce, type TestDatabase, urlOf } from './database.ts';
import { databaseSettings } from './settings.ts';
import { schemaOfAllKinds } from './snapshot-schema.ts';

/** Databases with one object of each kind, and roles of their own that stand for `alice`, `bob` and `carol`. */
export interface SnapshotStage {
  /** Of the server. */
  readonly major: number;
  /** SQL that names the roles of this stage. */
  named(sql: string): string;
  /** And the other way round. */
  plain(text: string): string;
  /** A database with the schema, its groups in their order or in another. */
  create(arrange?: (groups: readonly string[]) => readonly string[], before?: string): Promise<TestDatabase>;
  drop(): Promise<void>;
}

const ROLES = ['alice', 'bob', 'carol'];

/** Makes the roles. */
export async function createStage(): Promise<SnapshotStage> {
  const suffix = randomBytes(4).toString('hex');
  const named = (sql: string) =>
    sql
      .replace(/\b(?:far_)?(alice|bob|carol)\b/g, (name, role) =>
        name === role ? `${role}_${suffix}` : name,
      )
      .replaceAll('SUFFIX', suffix);
  const plain = (text: string) => text.replaceAll(`_${suffix}`, '');
  const databases: TestDatabase[] = [];
  const maintenance = urlOf('postgres');
  const [found] = await queryOnce(
    maintenance,
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  const major = Number(found?.major);
  await queryOnce(maintenance, named(ROLES.map((role) => `create role ${role}`).join('; ')));
  return {
    major,
    named,
    plain,
    create: async (arrange = (groups) => groups, before = '') => {
      const database = await createTestDatabase();
      databases.push(database);
      const { first, groups, last } = schemaOfAllKinds(major);
      // Nobody stays connected, so that it can be copied.
      await queryOnce(database.url, named([before, first, ...arrange(groups), last].join(';\n')));
      return database;
    },
    drop: async () => {
      for (const database of databases) {
        // It would keep the database from being dropped.
        await queryOnce(database.url, named('drop subscription if exists back_SUFFIX'));
        await database.drop();
      }
      const all = ROLES.join(', ');
      await queryOnce(maintenance, named(`drop owned by ${all}; drop role ${all}`));
    },
  };
}

/** A session as the product has it. */
export function withSession<T>(
  { url }: TestDatabase,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(
    databaseSettings(url),
    { purpose: 'registry-jobs test', giveUpAt: Date.now() + 60_000 },
    work,
  );
}

export interface OpenSession {
  readonly connection: Connection;
  close(): Promise<void>;
}

/** A session that outlives a call. */
export function openSession(database: TestDatabase): Promise<OpenSession> {
  return new Promise((resolve, reject) => {
    const ended = Promise.withResolvers<void>();
    const session: Promise<void> = withSession(database, (connection) => {
      const close = () => {
        ended.resolve();
        return session;
      };
      resolve({ connection, close });
      return ended.promise;
    });
    session.catch(reject);
  });
}
