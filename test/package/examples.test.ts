import { cpSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { type InstalledPackage, installPackage, root, run } from '../support/installed-package.ts';
import { codeBlocks } from '../support/markdown.ts';

/*
 * examples/ as somebody has them who has installed the package: each does what its README shows.
 */
let pack: InstalledPackage;
const read = (file: string) => readFileSync(path.join(root, 'examples', file), 'utf8');

beforeAll(async () => {
  pack = await installPackage(['aws-cdk-lib', 'constructs', '@types/pg']);
  pack.write('package.json', '{ "type": "module" }');
  const madeByRuns = /(^|[\\/])(\.postgres|cdk\.out)$/;
  cpSync(path.join(root, 'examples'), path.join(pack.project, 'examples'), {
    recursive: true,
    filter: (source) => !madeByRuns.test(source),
  });
}, 180_000);

/** What is typed in the README of an example, and what it shows after it. */
function readTranscript(example: string): { command: string; output: string }[] {
  const [transcript = ''] = codeBlocks(read(`${example}/README.md`));
  return transcript
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...output] = text.split('\n');
      return { command, output: output.join('\n') };
    });
}

const steady = (text: string) => text.replace(/\d+(\.\d+)? m?s\b/g, 'N ms');

describe.each(['shop', 'pairs', 'library', 'operators'])('examples/%s', (example) => {
  test('does what its README shows', async () => {
    const transcript = readTranscript(example);
    expect(transcript.length).toBeGreaterThan(1);
    const database = await createTestDatabase();
    const { hostname, username } = new URL(database.url);
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url };
    for (const { command, output } of transcript) {
      const [, program = '', args = ''] = /npx (registry-jobs|node) (.*)/.exec(command) ?? [];
      const entry = program === 'node' ? [] : [path.join(pack.home, 'bin/registry-jobs.mjs')];
      const folder = path.join(pack.project, 'examples', example);
      const { code, stdout, stderr } = await run(
        process.execPath,
        [...entry, ...args.split(' ')],
        folder,
        env,
      );
      expect(code, `${command}\n${stderr}`).toBe(0);
      const shown = output.replaceAll(
        /\b\w+_development on 127\.0\.0\.1 as postgres/g,
        `${database.name} on ${hostname} as ${username}`,
      );
      expect(steady(stdout), command).toBe(steady(shown));
    }
    await database.drop();
  });
});

test('examples/cdk synthesizes: a function with the migrations, one for the statistics, a schedule, alarms', async () => {
  const folder = path.join(pack.project, 'examples/cdk');
  const { app } = JSON.parse(read('cdk/cdk.json'));
  expect(app).toBe('node app.ts');
  const CDK_OUTDIR = path.join(folder, 'cdk.out');
  // CDK checks the template by WebAssembly of 9 MB, once: to optimize it takes longer than it would ever save.
  const { code, stderr } = await run(process.execPath, ['--liftoff-only', 'app.ts'], folder, {
    PATH: process.env.PATH,
    CDK_OUTDIR,
  });
  expect([code, stderr]).toEqual([0, '']);
  const { Resources } = JSON.parse(readFileSync(path.join(CDK_OUTDIR, 'shop.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  for (const type of ['Custom::Migrations', 'AWS::Scheduler::Schedule', 'AWS::RDS::DBInstance'])
    expect(types).toContain(type);
  expect(types.filter((type) => type === 'AWS::CloudWatch::Alarm').length).toBeGreaterThan(2);
  const [carried = ''] = globSync('asset.*/migrations.json', { cwd: CDK_OUTDIR });
  const { migrations } = JSON.parse(readFileSync(path.join(CDK_OUTDIR, carried), 'utf8'));
  expect(migrations.map((it: { up: { file: string } }) => it.up.file)).toEqual([
    'db/migrations/001_orders.sql',
    'db/migrations/002_totals.sql',
  ]);
  for (const file of ['proof.json', 'expected-catalog.json'])
    expect(globSync(`asset.*/${file}`, { cwd: CDK_OUTDIR })).toHaveLength(1);
});

test('the function that examples/cdk calls refreshes, and then has nothing to do', async () => {
  const database = await createTestDatabase();
  for (const file of ['001_orders.sql', '002_totals.sql'])
    await database.query(read(`cdk/db/migrations/${file}`));
  const refresh = async () => (await database.query('select refresh_totals() as result'))[0]?.result;
  expect([await refresh(), await refresh()]).toEqual([1, 0]);
  await database.query('insert into orders (cents) values (100)');
  expect([await refresh(), await refresh()]).toEqual([1, 0]);
  await database.drop();
});

test('their programs have the right types', async () => {
  const programs = globSync('examples/*/*.ts', { cwd: root });
  expect(programs.length).toBeGreaterThan(1);
  // The declarations of packages are checked with the examples of the documents: constructs.test.ts and package.test.ts.
  const options = { exactOptionalPropertyTypes: false, skipLibCheck: true };
  expect(await pack.checkTypes(programs, options)).toBe('');
});

test('none of them is in the package', () => {
  expect(globSync('examples/**', { cwd: pack.home })).toEqual([]);
});
