import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { catalogOf, contentsOf } from '../support/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { codeBlocks } from '../support/markdown.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { createRegistryTemplate, type RegistryTemplate } from '../support/registry.ts';

/*
 * The recipes of docs/guides/idempotent-sql.md as they stand there: each block is a file. It is run, run again at once, and run again when
 * all files of its recipe are applied; whatever is in the database must be the same before and after.
 */
const guide = readFileSync(new URL('../../docs/guides/idempotent-sql.md', import.meta.url), 'utf8');
const [start, ...recipes] = guide
  .split(/^(?=##)/m)
  .map((text) => ({
    title: text.slice(0, text.indexOf('\n')).replace(/^#+ /, ''),
    text,
    blocks: codeBlocks(text, 'sql'),
  }))
  .filter(({ blocks }) => blocks.length > 0);

/** What a database of its own does not keep apart from the others of the server. */
const ROLE = 'shop_reader';
let template: RegistryTemplate;
let db: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  template = await createRegistryTemplate(async (connection) => {
    for (const sql of start?.blocks ?? []) await connection.query(sql);
    // A recipe for rights takes the role of another as given.
    for (const sql of blocksOf('Create a role')) await connection.query(sql);
  }, []);
});
afterAll(async () => {
  await template.drop();
  const maintenance = await createTestDatabase();
  await maintenance.query(`drop role if exists ${ROLE}`);
  await maintenance.drop();
});
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
  client = await db.connect();
});
afterEach(() => db.drop());

function blocksOf(title: string): readonly string[] {
  const found = recipes.find((recipe) => recipe.title === title);
  if (!found) throw new Error(`There is no recipe "${title}".`);
  return found.blocks;
}

/** Everything there is: what the catalog of `public` has, with the ids of its objects, its rows, and what recipes do besides. */
async function everything(): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    select line from (
      select format('schema %s %s %s', oid, nspname, nspacl) as line from pg_namespace where nspname !~ '^pg_'
      union all
      select format('relation %s %s.%s %s', c.oid, relnamespace::regnamespace, relname, pg_get_viewdef(c.oid)) from pg_class c
        where relkind in ('r', 'v') and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
          and relname !~ '^schema_migrations'
      union all
      select format('label %s %s %s %s', oid, enumtypid::regtype, enumsortorder, enumlabel) from pg_enum
      union all
      select format('column %s.%s, statistics %s', attrelid::regclass, attname, attstattarget) from pg_attribute
        where attrelid >= 16384 and attnum > 0 and not attisdropped and attrelid::regclass::text !~ 'schema_migrations|pg_toast'
      union all
      select format('partition %s of %s %s', inhrelid::regclass, inhparent::regclass, pg_get_expr(relpartbound, inhrelid))
        from pg_inherits join pg_class on pg_class.oid = inhrelid
      union all
      select format('role %s %s %s', oid, rolname, rolconfig) from pg_roles where rolname = '${ROLE}'
    ) everything order by line collate "C"`);
  return [...(await catalogOf(client)), ...(await contentsOf(client)), ...rows.map(({ line }) => line)];
}

async function run(compiled: CompiledMigrations, options: Parameters<typeof up>[2]): Promise<string[]> {
  const report = await up(compiled, settingsFor(db.url), options);
  expect(report.failed?.error).toBeUndefined();
  return report.applied.map(({ version }) => version);
}

describe('a file runs again and changes nothing', () => {
  test.each(recipes)('$title', async ({ blocks }) => {
    const files = Object.fromEntries(blocks.map((sql, index) => [`00${index + 1}_step.sql`, sql]));
    const compiled = await compile(files);
    const versions = compiled.migrations.map(({ version }) => version);
    for (const version of versions) {
      const before = await everything();
      expect(await run(compiled, { to: version })).toEqual([version]);
      const after = await everything();
      // A role is made for all databases of the server, so this recipe has nothing to do the first time either.
      if (!blocks.includes(blocksOf('Create a role')[0] ?? '')) expect(after).not.toEqual(before);
      expect(await run(compiled, { to: version, rerun: [version] })).toEqual([version]);
      expect(await everything()).toEqual(after);
    }
    const before = await everything();
    for (const rerun of [...versions.map((version) => [version]), versions]) {
      expect(await run(compiled, { rerun })).toEqual(rerun);
      expect(await everything(), rerun.join()).toEqual(before);
    }
  });
});

test('each recipe says what it does when it runs again', () => {
  expect(recipes.length).toBeGreaterThanOrEqual(20);
  expect(recipes.filter(({ text }) => !text.includes('**Again:**')).map(({ title }) => title)).toEqual([]);
});

test('the check can fail', async () => {
  const compiled = await compile({ '001_points.sql': 'update customers set points = points + 50;' });
  await run(compiled, {});
  const before = await everything();
  await run(compiled, { rerun: ['001_points'] });
  expect(await everything()).not.toEqual(before);
});
