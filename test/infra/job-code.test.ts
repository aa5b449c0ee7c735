import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { App, Stack } from 'aws-cdk-lib/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bundleFiles } from '../../lib/contract.ts';
import type { MigrationSource } from '../../lib/infra/job-code.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { createForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { writeBelow } from '../support/packed-package.ts';
import { noMigrations, placeholderCode, readResources } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const codeFolder = placeholderCode().migrate;

// Each synthesis parses in a process of its own, which need not compile the same program again.
beforeAll(() => void vi.stubEnv('NODE_COMPILE_CACHE', temporaryFolder()));
afterAll(() => void vi.unstubAllEnvs());

interface Options {
  readonly codeFolder?: string;
  readonly region?: string;
  readonly context?: Record<string, unknown>;
}

/** The code that a stack with these migrations uploads: its hash, and where it lies. */
function codeOf(migrations: MigrationSource, options: Options = {}): { hash: string; folder: string } {
  const { region, context = {}, ...props } = options;
  const app = new App({
    outdir: temporaryFolder(),
    analyticsReporting: false,
    context,
    // The template is not the question here: constructs.test.ts has it checked.
    builtinCloudFormationValidation: false,
  });
  const stack = new Stack(app, 'Shop', region ? { env: { account: '111111111111', region } } : {});
  const vpc = new Vpc(stack, 'Vpc', { availabilityZones: ['eu-central-1a'] }) as IVpc;
  const database = new SecurityGroup(stack, 'Database', { vpc });
  new MigrateOnDeploy(stack, 'Migrations', { migrations, vpc, database, codeFolder, ...props });
  const { find, assetFolder } = readResources(app, stack);
  const [, fn] = find('AWS::Lambda::Function', 'MigrationsJob');
  return { hash: fn.Properties.Code.S3Key, folder: assetFolder(fn) };
}

/** A folder called `migrations` with these files, wherever it lies. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(files)) writeBelow(folder, `migrations/${name}`, sql);
  return path.join(folder, 'migrations');
}

const files = {
  '001_shops.sql': 'CREATE TABLE shops (id int);',
  '002_orders.sql': 'CREATE TABLE orders (id int);',
};

test('a folder becomes an asset of code, certificates and parsed migrations', async () => {
  const source = folderWith(files);
  const { folder } = codeOf(source);
  expect(readdirSync(folder).sort()).toEqual(['index.mjs', bundleFiles.migrations, bundleFiles.certificates]);
  const stored = JSON.parse(readFileSync(path.join(folder, bundleFiles.migrations), 'utf8'));
  expect(stored).toEqual(JSON.parse(JSON.stringify(await compileFolder(source, 'migrations'))));
  // The same, compiled by whoever makes the app.
  expect(codeOf(await compileFolder(source, 'migrations')).hash).toBe(codeOf(source).hash);
});

test('its hash changes when a migration or the code does, and with nothing else', () => {
  const { hash } = codeOf(folderWith(files));
  expect(codeOf(folderWith(files)).hash).toBe(hash);
  expect(codeOf(folderWith({ ...files, 'README.md': 'Ours.', '.gitkeep': '' })).hash).toBe(hash);
  expect(codeOf(folderWith(files), { codeFolder: placeholderCode().migrate }).hash).toBe(hash);

  const changes = [
    codeOf(folderWith({ ...files, '003_more.sql': 'SELECT 1;' })),
    codeOf(folderWith({ ...files, '002_orders.sql': `${files['002_orders.sql']} -- !` })),
    codeOf(
      folderWith({ '001_shops.sql': files['001_shops.sql'], '003_orders.sql': files['002_orders.sql'] }),
    ),
    codeOf(folderWith(files), { codeFolder: placeholderCode()['refresh-statistics'] }),
  ];
  expect(new Set([hash, ...changes.map((it) => it.hash)]).size).toBe(5);
});

test('files are named as the folder is written, and never by where it lies', () => {
  const folder = path.relative('', folderWith(files));
  const named = (source: string) => {
    const { migrations } = JSON.parse(
      readFileSync(path.join(codeOf(source).folder, bundleFiles.migrations), 'utf8'),
    );
    return migrations[0].up.file;
  };
  expect(named('migrations')).toMatch(/^migrations\/[^/]+\.sql$/);
  expect(named(`${folder}/`)).toBe(`${folder.split(path.sep).join('/')}/001_shops.sql`);
  expect(named(path.resolve(folder))).toBe('migrations/001_shops.sql');
});

test('the certificates are those of the region, or of all where it is not known', () => {
  const read = (options: Options) =>
    readFileSync(path.join(codeOf(noMigrations, options).folder, bundleFiles.certificates));
  expect(read({}).length).toBeGreaterThan(5 * read({ region: 'eu-central-1' }).length);
});

test('a syntax error fails the synthesis, with file, line and column', () => {
  const orders = 'create tabel orders (id int);';
  const source = folderWith({ ...files, '002_orders.sql': orders });
  const failure = expect.objectContaining({
    name: 'UsageError',
    code: 'syntax-error',
    message: 'migrations/002_orders.sql:1:8: syntax error at or near "tabel"',
    excerpt: `1 | ${orders}\n  |        ^`,
  });
  expect(() => codeOf(source)).toThrow(failure);
});

test('all that is wrong is told at once', () => {
  const source = folderWith({ '001_a.sql': 'SELEC 1;', '002_b.sql': 'BEGIN;' });
  expect(() => codeOf(source)).toThrow(
    expect.objectContaining({
      code: 'invalid-migrations',
      detail: expect.stringMatching(/001_a\.sql:1:1: .*002_b\.sql:1:1: /s),
    }),
  );
});

test('a folder that is not there, or empty, fails the synthesis', () => {
  const missing = { code: 'no-migrations-folder', hint: `It is looked for in ${process.cwd()}.` };
  expect(() => codeOf('nowhere')).toThrow(
    expect.objectContaining({ ...missing, message: 'The migrations folder nowhere cannot be read.' }),
  );
  expect(() => codeOf(temporaryFolder())).toThrow(expect.objectContaining({ code: 'no-migrations' }));
});

test('migrations that another version compiled fail the synthesis', () => {
  expect(() => codeOf({ ...noMigrations, formatVersion: 0 })).toThrow(
    expect.objectContaining({ code: 'bad-bundle' }),
  );
});

test('the statistics carry version, style and checksum of the migrations that they are told of, and no SQL', async () => {
  const source = folderWith({ ...files, 'R_view.sql': 'CREATE OR REPLACE VIEW v AS SELECT 1;' });
  const { stack, vpc, database, synth } = createForeignStack();
  const migrations = new MigrateOnDeploy(stack, 'Migrations', {
    ...migrating,
    migrations: source,
    vpc,
    database,
  });
  const { network } = migrations;
  new ScheduledStatistics(stack, 'Statistics', { ...refreshing, network, migrations });
  new ScheduledStatistics(stack, 'Unwatched', { ...refreshing, network, environment: 'unwatched' });
  const { find, assetFolder } = synth();
  const folderOf = (id: string) => assetFolder(find('AWS::Lambda::Function', id)[1]);
  const text = readFileSync(path.join(folderOf('Statistics'), bundleFiles.expected), 'utf8');
  const compiled = await compileFolder(source, 'migrations');
  expect(JSON.parse(text)).toEqual(
    compiled.migrations.map(({ version, style, up }) => ({ version, style, checksum: up.checksum })),
  );
  expect(JSON.parse(text).map((it: { style: string }) => it.style)).toEqual(['plain', 'plain', 'repeatable']);
  expect(text).not.toContain('CREATE');
  expect(readdirSync(folderOf('Unwatched')).sort()).toEqual(['index.mjs', bundleFiles.certificates]);
});

test('without its code a function is not made', () => {
  expect(() => codeOf(noMigrations, { codeFolder: 'docs' })).toThrow(
    expect.objectContaining({
      code: 'no-lambda-code',
      message: `There is no ${path.join('docs', 'index.mjs')}.`,
    }),
  );
});

test('commands that deploy nothing do not parse: `cdk destroy` works whatever is in the folder', () => {
  // What the command line passes to the app for them.
  const { folder } = codeOf('nowhere', { context: { 'aws:cdk:bundling-stacks': [] } });
  expect(readdirSync(folder)).not.toContain(bundleFiles.migrations);
});

test('what CDK uploads can be read by Lambda, also when it is synthesized under umask 077', () => {
  const usual = process.umask(0o077);
  try {
    const { folder } = codeOf(noMigrations);
    const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o644, 0o644, 0o644]);
  } finally {
    process.umask(usual);
  }
});
