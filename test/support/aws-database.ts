import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type JobName, parameterNames, parameterPath } from '../../lib/contract.ts';
import type { Aws } from './aws-observer.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** The database of an environment: it belongs to the migrator, and the refresher may do nothing but what it is granted. */
export interface EnvironmentDatabase extends TestDatabase {
  readonly users: Readonly<Record<JobName, string>>;
  /** Every password that was ever set, the ones that are no longer valid as well. */
  readonly passwords: readonly string[];
  /** Gives a job's user another password, in the database only. */
  changePassword(job: JobName): Promise<string>;
  /** Writes what a job needs to connect, as docs/reference/settings.md says. */
  storeParameters(aws: Aws, environment: string, job: JobName, password: string): Promise<void>;
  /** The grants of docs/guides/aws.md. */
  grantStatistics(): Promise<void>;
  /** Tables, columns, functions, ledger: whatever a migration could have changed. */
  describe(): Promise<string>;
}

export async function createEnvironmentDatabase(): Promise<EnvironmentDatabase> {
  const database = await createTestDatabase({ suffix: '_registry' });
  const users = { migrate: `${database.name}_migrator`, 'refresh-statistics': `${database.name}_refresher` };
  const passwords: string[] = [];
  const setPassword = async (statement: string, job: JobName) => {
    // What needs care in SQL, in JSON, in a URL and in a shell, around what no other text contains.
    const password = `p@s's"w:/${randomBytes(12).toString('hex')}\\%$`;
    passwords.push(password);
    await database.query(`${statement} ROLE ${users[job]} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    return password;
  };
  for (const job of Object.keys(users) as JobName[]) await setPassword('CREATE', job);
  await database.query(`ALTER DATABASE "${database.name}" OWNER TO ${users.migrate}`);
  await database.query(`ALTER SCHEMA public OWNER TO ${users.migrate}`);
  return {
    ...database,
    users,
    passwords,
    changePassword: (job) => setPassword('ALTER', job),
    storeParameters: async (aws, environment, job, password) => {
      const { hostname, port } = new URL(database.url);
      const path = parameterPath(environment, job);
      const values = { host: hostname, port, database: database.name, user: users[job] };
      for (const [key, value] of Object.entries(values))
        await aws.putParameter(`${path}/${parameterNames[key as keyof typeof values]}`, value, 'String');
      await aws.putParameter(`${path}/${parameterNames.password}`, password, 'SecureString');
    },
    grantStatistics: async () => {
      await database.query(`SELECT grant_statistics_to('${users['refresh-statistics']}')`);
    },
    describe: async () => JSON.stringify(await database.query(everything), null, 1),
    drop: async () => {
      await database.query(`DROP OWNED BY ${users['refresh-statistics']}`);
      await database.query(`REASSIGN OWNED BY ${users.migrate} TO CURRENT_USER`);
      for (const user of Object.values(users)) await database.query(`DROP ROLE ${user}`);
      await database.drop();
    },
  };
}

const everything = `
  SELECT 'column' AS what, attrelid::regclass || '.' || attname AS name, atttypid::regtype::text AS detail
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'function', oid::regprocedure::text, md5(prosrc) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'migration', version, checksum || finished_at FROM schema_migrations
  ORDER BY 1, 2, 3`;
