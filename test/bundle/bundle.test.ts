import { execFile } from 'node:child_process';
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundleFiles } from '../../lib/contract.ts';
import { builtOnce } from '../support/built-once.ts';
import { bundleForTest } from '../support/bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const checkout = join(import.meta.dirname, '../..');
const code = await builtOnce('lambda-code');
const bundles = await bundleForTest({ code });

/** From the sources a second time, by another process than the first, into a folder that holds what an earlier build left. */
const again = (async () => {
  const outDir = temporaryFolder();
  await cp(bundles.migrate.folder, join(outDir, 'refresh-statistics'), { recursive: true });
  return bundleForTest({ outDir });
})();

/** Every file of a folder by name, as text: a difference shows where it is. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
}

test('each function gets what it needs and no more', async () => {
  expect(Object.keys(await contents(bundles.migrate.folder))).toEqual([
    'index.mjs',
    'migrations.json',
    'rds-ca.pem',
  ]);
  expect(Object.keys(await contents(bundles['refresh-statistics'].folder))).toEqual([
    'expected-migrations.json',
    'index.mjs',
    'rds-ca.pem',
  ]);
});

test.each([
  ['migrate', 475],
  ['refresh-statistics', 425],
] as const)(
  '%s: code and certificates stay below %i KB; what lists the migrations grows with the files',
  (job, most) => {
    const { sizes } = bundles[job];
    const grows: readonly string[] = [bundleFiles.migrations, bundleFiles.expected];
    const carried = Object.entries(sizes).filter(([name]) => !grows.includes(name));
    expect(carried.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(most * 1024);
  },
);

test('the function carries no SQL parser, no way to credentials but its role, and nothing that it cannot reach', async () => {
  const { 'index.mjs': code = '' } = await contents(bundles.migrate.folder);
  const unwanted = [
    'libpg-query',
    'pgsql-parser',
    '.wasm',
    'credential_process',
    'AssumeRoleWithWebIdentity',
    'ParameterLimitExceeded',
    'pg-native',
  ];
  expect(unwanted.filter((word) => code.includes(word))).toEqual([]);
});

test('nothing says where, when or by whom it was built', async () => {
  for (const { folder } of Object.values(bundles)) {
    const all = Object.values(await contents(folder)).join('\n');
    const today = new Date().toISOString().slice(0, 10);
    const traces = [checkout, homedir(), tmpdir(), today, 'sourceMappingURL', 'node_modules/'];
    expect(traces.filter((trace) => all.includes(trace))).toEqual([]);
  }
});

test('the licence of every package in the code goes along with it', async () => {
  const folder = dirname(code.migrate);
  const texts = await readFile(join(folder, 'third-party-licences.txt'), 'utf8');
  const { sources } = JSON.parse(await readFile(join(folder, 'source-maps/migrate.mjs.map'), 'utf8'));
  const packages = sources.flatMap(
    (it: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(it)?.[1] ?? [],
  );
  expect(packages).toContain('pg');
  for (const name of new Set(packages))
    expect(texts).toMatch(new RegExp(`^${name} \\d\\S* \\(\\S+\\)$`, 'm'));
  expect(texts).toContain('Permission is hereby granted, free of charge');
});

test('a second build into another folder gives the same bytes', async () => {
  const second = await again;
  for (const job of ['migrate', 'refresh-statistics'] as const) {
    expect(await contents(second[job].folder)).toEqual(await contents(bundles[job].folder));
  }
});

test('another checkout of the same sources gives the same bytes', async () => {
  const copy = temporaryFolder();
  for (const name of ['lib', 'lambdas', 'migrations', 'package.json', 'tsconfig.json']) {
    await cp(join(checkout, name), join(copy, name), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  const script = `
    import { bundleLambdas } from './lib/bundle/bundle-lambdas.ts';
    await bundleLambdas({ outDir: 'out', migrationsDir: 'migrations', region: 'eu-central-1' });`;
  const env = { ...process.env, TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8' };
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: copy, env });
  for (const job of ['migrate', 'refresh-statistics'] as const) {
    expect(await contents(join(copy, 'out', job))).toEqual(await contents(bundles[job].folder));
  }
});

test('what an earlier build left behind goes away', async () => {
  const { 'refresh-statistics': refresh } = await again;
  expect(await readdir(refresh.folder)).toEqual(['expected-migrations.json', 'index.mjs', 'rds-ca.pem']);
});

test('a syntax error in a migration fails the build, with its place', async () => {
  const migrationsDir = join(temporaryFolder(), 'migrations');
  await cp(join(checkout, 'migrations'), migrationsDir, { recursive: true });
  await writeFile(join(migrationsDir, '999_broken.sql'), 'SELECT 1;\nCREATE TABEL x ();\n');
  await expect(bundleForTest({ migrationsDir, code })).rejects.toMatchObject({
    location: { file: 'migrations/999_broken.sql', line: 2, column: 8 },
  });
});
