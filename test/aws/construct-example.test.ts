import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Cdk, createCdk, succeed } from '../support/aws-deploy.ts';
import { type Instance, startInstance } from '../support/aws-instance.ts';
import { type Aws, connectToAws } from '../support/aws-observer.ts';
import { type InstalledPackage, installPackage, root } from '../support/installed-package.ts';
import { codeBlocks } from '../support/markdown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const stack = 'shop';
const folder = temporaryFolder();
const document = readFileSync(join(root, 'docs/guides/constructs.md'), 'utf8');

/**
 * The first example of docs/guides/constructs.md, letter by letter, in a project that has the package installed, as its reader would
 * deploy it. In an emulator only: an account would keep a database that costs.
 */
describe.skipIf(!where?.emulatorFolder)('the first example of docs/guides/constructs.md', () => {
  let pack: InstalledPackage;
  let cdk: Cdk;
  let aws: Aws;
  let instance: Instance;
  // Not found out here what an emulator misses: every gap would cost one more deploy with a network and a database.
  const gaps = createGaps(knownGaps.filter(({ context }) => !context.plain));

  beforeAll(async () => {
    if (!where) return;
    aws = connectToAws(where.variables);
    [pack, instance] = await Promise.all([installPackage(['aws-cdk-lib', 'constructs']), startInstance()]);
    const [example = ''] = codeBlocks(document, 'ts');
    const [refreshTotals = ''] = codeBlocks(document, 'sql');
    pack.write('shop.ts', example);
    pack.write('package.json', '{ "type": "module" }');
    // With the flags of a project that was begun by `cdk init`.
    pack.write('cdk.json', readFileSync(join(root, 'cdk.json'), 'utf8'));
    migration(
      '001_orders.sql',
      'CREATE TABLE orders (id int);\n' +
        'CREATE TABLE totals (day date PRIMARY KEY, number bigint, counted_by name DEFAULT current_user);\n',
    );
    migration('002_refresh_totals.sql', refreshTotals);
    const app = `node --import "${join(import.meta.dirname, 'synth-without-gaps.ts')}" shop.ts`;
    cdk = createCdk(folder, where.variables, app, pack.project);
    await succeed(cdk.run(['bootstrap']));
    for (const path of ['/shop/migrate', '/shop/statistics']) await instance.storeAddress(aws, path);
  });
  afterAll(() => instance?.stop());
  afterAll(() => {
    console.log(gaps.describe('Not deployed of the first example, because this emulator cannot do it:'));
  });

  const migration = (file: string, sql: string) => pack.write(`db/migrations/${file}`, sql);
  const deploy = () => cdk.run(['deploy', stack], gaps.context());
  /** While the stack is made too, when it does not list its resources yet. */
  const findResource = async (type: string, place: string) => {
    const events = await aws.stackEvents(stack);
    const made = events.find(
      (it) =>
        it.ResourceType === type &&
        it.LogicalResourceId?.includes(place) &&
        it.ResourceStatus === 'CREATE_COMPLETE',
    );
    return made?.PhysicalResourceId;
  };
  /** What the secret of the stack holds, as soon as it tells of the instance as well. */
  const secretOfInstance = () =>
    vi.waitFor(
      async (): Promise<Record<string, string>> => {
        const arn = await findResource('AWS::SecretsManager::Secret', 'Database');
        const content = JSON.parse(await aws.secret(String(arn)));
        expect(content).toHaveProperty('dbname');
        return content;
      },
      { timeout: 100_000, interval: 100 },
    );
  const journal = () =>
    instance.query('SELECT version, status, db_user FROM schema_migrations_journal ORDER BY started_at');

  test('the first deploy applies the migrations as the user of the secret, which nobody wrote', async () => {
    const deployed = deploy();
    const isOpen = secretOfInstance().then(({ dbname = '', username = '', password = '' }) =>
      instance.open(dbname, username, password),
    );
    // A deploy that fails is to say why at once.
    await Promise.race([isOpen, deployed]);
    await succeed(deployed);
    expect(await journal()).toEqual([
      { version: '001_orders', status: 'applied', db_user: 'migrator' },
      { version: '002_refresh_totals', status: 'applied', db_user: 'migrator' },
    ]);
  });

  test('the statistics call the function, as the same user', async () => {
    const refresh = async () => {
      const name = await findResource('AWS::Lambda::Function', 'Statistics');
      const { failed, payload } = await aws.invoke(String(name));
      expect(failed, JSON.stringify(payload)).toBe(false);
      return payload.functions.map((it: { name: string; outcome: string }) => `${it.name} ${it.outcome}`);
    };
    await instance.query('INSERT INTO orders VALUES (1), (2)');
    expect(await refresh()).toEqual(['refresh_totals refreshed']);
    expect(await instance.query('SELECT number, counted_by FROM totals')).toEqual([
      { number: '2', counted_by: 'migrator' },
    ]);
    expect(await refresh()).toEqual(['refresh_totals skipped']);
  });

  test('a second deploy with one file more applies exactly that one', async () => {
    const before = (await journal()).length;
    migration('003_customers.sql', 'CREATE TABLE customers (id int PRIMARY KEY);\n');
    await succeed(deploy());
    expect((await journal()).slice(before)).toEqual([
      { version: '003_customers', status: 'applied', db_user: 'migrator' },
    ]);
  });

  test('bad SQL fails the deploy with file, line and column', async () => {
    migration('004_bad.sql', 'INSERT INTO customers VALUES (1);\nSELECT id / 0\n  FROM customers;\n');
    const { code, output } = await deploy();
    expect(code).not.toBe(0);
    expect(output).toContain('db/migrations/004_bad.sql:2:1: division by zero (SQLSTATE 22012)');
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await instance.query('SELECT id FROM customers')).toEqual([]);
  });
});
