import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { fixtureCopySql } from '../../lib/registry/fixtures/copy.ts';
import { planFixtures } from '../../lib/registry/fixtures/plan.ts';
import { resetSequencesSql } from '../../lib/registry/fixtures/sequences.ts';
import { seedSteps } from '../../lib/registry/seed/seed.ts';
import { createOnce, createTestDatabase, urlOf } from './database.ts';
import { refresh } from './statistics.ts';

/** A file of `migrations/`. */
export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
}

const migrationsFolder = new URL('../../migrations/', import.meta.url);
const fixturesFolder = new URL('../fixtures/', import.meta.url);

/** The registry's own migrations in their order. */
export function readMigrations(): MigrationFile[] {
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, migrationsFolder), 'utf8') }));
}

/** Applies one file in one transaction, by plain `pg`: independent of the engine that other tests are about. */
export async function applyMigration(client: pg.Client, file: MigrationFile): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(file.sql);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`${file.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Loads `test/fixtures` in file-name order and moves the sequences behind the ids of the fixtures. */
export async function loadFixtures(client: pg.Client): Promise<void> {
  for (const fixture of planFixtures(readdirSync(fixturesFolder))) {
    const csv = readFileSync(new URL(fixture.file, fixturesFolder), 'utf8');
    await copyFrom(client, fixtureCopySql(fixture, Buffer.from(csv)), csv);
  }
  await client.query(resetSequencesSql());
}

/** Adds seeded files as the command line does: each step by itself, in order. */
export async function seed(client: pg.Client, files: number): Promise<void> {
  for (const step of seedSteps(files)) await client.query(step.sql);
}

/** A migrated database that tests copy, which takes milliseconds: `createTestDatabase({ template: name })`. */
export interface RegistryTemplate {
  readonly name: string;
  drop(): Promise<void>;
}

/**
 * Builds a database with all migrations applied (or those given), and with whatever else `fill` does.
 *
 * @example const template = await createRegistryTemplate((client) => client.query('insert into ...'));
 */
export async function createRegistryTemplate(
  fill: (client: pg.Client) => Promise<void>,
  files?: readonly MigrationFile[],
): Promise<RegistryTemplate> {
  const from = files ? {} : { template: (await sharedTemplate('migrated')).name };
  const database = await createTestDatabase({ suffix: '_template_test', ...from });
  await prepare(database.name, async (client) => {
    for (const file of files ?? []) await applyMigration(client, file);
    await fill(client);
    await asAfterADay(client);
  });
  return database;
}

/** What is built once a run, each from the one that it names. `migrated` is what the others begin with. */
const SHARED = {
  migrated: {
    from: undefined,
    fill: async (client: pg.Client) => {
      for (const file of readMigrations()) await applyMigration(client, file);
    },
  },
  fixtures: {
    from: 'migrated',
    fill: async (client: pg.Client) => {
      await loadFixtures(client);
      await asAfterADay(client);
    },
  },
  refreshed: {
    from: 'fixtures',
    fill: async (client: pg.Client) => {
      await client.query(refresh);
      await asAfterADay(client);
    },
  },
} as const;

/** The planner knows the tables, those of the catalog too. */
const asAfterADay = (client: pg.Client) => client.query('analyze');

/**
 * All migrations with `test/fixtures`, or with the statistics refreshed as well: built when the first test of a run asks for it, the same
 * for all workers, and gone with the run. Nobody may write into it, nor connect to it: copy it.
 */
export const registryTemplate = (name: 'fixtures' | 'refreshed'): Promise<RegistryTemplate> =>
  sharedTemplate(name);

async function sharedTemplate(name: keyof typeof SHARED): Promise<RegistryTemplate> {
  const { from, fill } = SHARED[name];
  const template = from && (await sharedTemplate(from)).name;
  const shared = await createOnce(`${name}_template_test`, template, (database) => prepare(database, fill));
  return { name: shared, drop: async () => {} };
}

async function prepare(database: string, fill: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  client.on('error', () => {});
  await client.connect();
  try {
    await fill(client);
  } finally {
    await client.end(); // a database that someone is connected to cannot be copied
  }
}

/** Runs a `COPY ... FROM STDIN` statement with the given data. */
export function copyFrom(client: pg.Client, sql: string, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new CopyFrom(sql, data, (error) => (error ? reject(error) : resolve()));
    client.query(query as unknown as pg.Submittable);
  });
}

interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

type QueryConstructor = new (config: { text: string }, callback: (error: Error | null) => void) => object;

/** `pg` refuses COPY FROM STDIN by default; this query answers the server's request with the data instead. */
class CopyFrom extends (pg.Query as unknown as QueryConstructor) {
  readonly #data: Buffer;

  constructor(sql: string, data: string, done: (error: Error | null) => void) {
    super({ text: sql }, done);
    this.#data = Buffer.from(data);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#data);
    connection.endCopyFrom();
  }
}
