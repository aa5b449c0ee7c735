import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type CliDatabase, cliInProcess, createCliDatabase, createProject } from '../support/cli.ts';
import { schema } from '../support/schemas.ts';

const FILES = {
  'migrations/001_shops.sql': `create table if not exists shops (id int primary key, name text);
create index if not exists shops_name on shops (name);`,
  'migrations/002_more.sql': 'create table if not exists more (id int);',
};

let database: CliDatabase;
let folder: string;
beforeAll(async () => {
  database = await createCliDatabase();
  folder = createProject(FILES, database);
  await database.query(`grant create on schema public to "${database.name}_user"`);
  const { code } = await cliInProcess(['up', '--steps', '1', '--env', 'test'], { folder });
  expect(code).toBe(0);
  await database.query('drop index shops_name; alter table shops add by_hand int, alter name set not null');
});
afterAll(() => database?.drop());

/** What differs from run to run. */
function plain(text: string): string {
  return text
    .replaceAll(database.name, 'DB')
    .replace(/127\.0\.0\.1(:\d+)?/g, 'HOST')
    .replace(/\s+/g, ' ')
    .replace(/\(Postgres [^)]*\)/g, '(Postgres N)');
}

/** Since the database is as it was made for the test, but for the grant that lets the user create tables. */
const DIFFERENCES = [
  'There, and not in the files:',
  'table public.shops has a new column by_hand: integer',
  'In the files, and not there:',
  'table public.shops lost its index public.shops_name: CREATE INDEX shops_name ON public.shops USING btree (name)',
  'Different, from the files to the database:',
  'column public.shops.name is now not null',
  'Note: 002_more is not applied there, and was not run: the database is compared with what the 1 applied file makes.',
].join(' ');

test('verify --deep starts a Postgres, and tells what is not as the files make it', {
  timeout: 30_000,
}, async () => {
  const args = ['verify', '--deep', '--env', 'test', '--no-privileges', '--no-owner'];
  const { code, stdout } = await cliInProcess(args, { folder });
  expect(code).toBe(1);
  expect(plain(stdout)).toBe(
    `DB on HOST as DB_user: 1 applied file matches the ledger; no invalid index, no partition half detached. ${DIFFERENCES} Note: Not compared: owners and privileges. 3 differences between DB on HOST as DB_user and its files: 1 applied file, run on an embedded server (Postgres N). [drift] What to do: Write a migration for what is meant, and undo what is not. See docs/guides/drift.md `,
  );
  const [, ...drift] = stdout.split('\n');
  for (const line of drift) expect(line.length).toBeLessThanOrEqual(80);
});

test('status --deep tells it after what is applied, and --check exits with 1 for it', {
  timeout: 30_000,
}, async () => {
  const args = ['status', '--deep', '--env', 'test', '--no-privileges', '--no-owner'];
  const { code, stdout } = await cliInProcess(args, { folder });
  expect(code).toBe(0);
  const text = plain(stdout);
  expect(text).toMatch(/^DB on HOST.* applied +001_shops .* pending +002_more .*1 migration pending\. /);
  expect(text).toContain(DIFFERENCES);
  const checked = await cliInProcess([...args, '--check', '--json'], { folder });
  expect(checked.code).toBe(1);
  const report = JSON.parse(checked.stdout);
  const validate = schema('status-report');
  expect(validate(report) || validate.errors).toBe(true);
  expect(report).toMatchObject({
    status: 'pending',
    drift: { status: 'found', onlyThere: [{ kind: 'column', name: 'by_hand' }] },
  });
  // Where nobody asks, nothing is started, and nothing is told of it.
  const plainly = await cliInProcess(['status', '--env', 'test', '--json', '--check'], { folder });
  expect(plainly.code).toBe(3);
  expect(JSON.parse(plainly.stdout)).not.toHaveProperty('drift');
});

test('prove --against tells it after what is proved, and what was granted by hand', {
  timeout: 30_000,
}, async () => {
  const args = ['prove', '--server', inject('serverUrl'), '--against', database.url];
  const { code, stdout } = await cliInProcess(args, { folder });
  expect(code).toBe(1);
  const text = plain(stdout);
  expect(text).toMatch(
    /2 files proved: .*There, and not in the files: .* 4 differences between DB on HOST as DB_user/,
  );
  expect(text).toContain('DB_user now has CREATE on schema public');
});

test('one JSON document, as its schema says, of the database of an environment', {
  timeout: 30_000,
}, async () => {
  const args = ['prove', '--server', inject('serverUrl'), '--against-env', 'test', '--no-owner', '--json'];
  const { stdout, stderr } = await cliInProcess(args, { folder });
  const validate = schema('prove-report');
  const report = JSON.parse(stdout);
  expect(validate(report) || validate.errors).toBe(true);
  expect(report).toMatchObject({
    status: 'findings',
    findings: [],
    drift: {
      ...{ code: 'drift', status: 'found', applied: 1, pending: ['002_more'] },
      onlyThere: [{ kind: 'column', name: 'by_hand', of: 'table public.shops', after: 'integer' }],
      onlyInFiles: [{ kind: 'index', name: 'public.shops_name', of: 'table public.shops' }],
    },
  });
  expect(stderr).toBe('');
});

test('what is wrong with the database is told before any file is run', async () => {
  const url = new URL(database.url);
  url.pathname = '/nothing_such';
  const args = ['prove', '--server', inject('serverUrl'), '--against', url.toString()];
  const { code, stdout, stderr } = await cliInProcess(args, { folder });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('[connect-no-database]');
  expect(stderr).not.toContain('001_shops.sql');
});

test('what is no URL is told by the name of its option', async () => {
  const { code, stderr } = await cliInProcess(['prove', '--against', 'nonsense'], { folder });
  expect(code).toBe(2);
  expect(stderr).toContain('error: --against: not a URL such as postgres://');
});
