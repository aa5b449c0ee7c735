import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { Io } from '../../lib/cli/io.ts';
import { runCli } from '../../lib/cli/program.ts';
import { redact } from '../../lib/secrets/redact.ts';
import { compileCache } from './compile-cache.ts';
import { createTestDatabase, onServer, type TestDatabase, urlOf } from './database.ts';
import { atEndOfFile } from './finish-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a run of the command line came to. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

const root = path.resolve(import.meta.dirname, '../..');
let runs = 0;
const printed: string[] = [];
const passwords: string[] = [];

// Whatever a test was about: nothing that it printed may hold a password, in any form.
atEndOfFile(() => {
  const texts = printed.splice(0);
  const secrets = passwords.splice(0);
  if (runs > 0) expect(texts.length).toBeGreaterThan(0);
  runs = 0;
  for (const text of texts) {
    expect(text).toBe(redact(text, secrets));
  }
});

/** Has the output of all runs of this test file searched for a password. */
export function watchPassword(password: string): void {
  passwords.push(password);
}

/** Has what was printed elsewhere searched as well. */
export function watchOutput(text: string): void {
  printed.push(text);
}

/** Runs `registry-jobs` as a process of its own, without settings of this machine, and with no terminal. */
export function cli(args: readonly string[], { folder, env = {} }: RunOptions): Promise<CliResult> {
  runs++;
  return new Promise((resolve, reject) => {
    const command = [path.join(root, 'bin/registry-jobs.ts'), ...args];
    const options = { cwd: folder, env: { ...ownVariables(), ...env }, timeout: 50_000 };
    const child = execFile(process.execPath, command, options, (error, stdout, stderr) => {
      printed.push(stdout, stderr);
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
    child.stdin?.end();
  });
}

/** Runs the command line inside of this process, with a terminal if `io` says so. Takes no second to start. */
export async function cliInProcess(
  args: readonly string[],
  { folder, env = {} }: RunOptions,
  io: Partial<Io> = {},
): Promise<CliResult> {
  runs++;
  const written = { out: '', err: '' };
  const code = await runCli(
    args,
    {
      out: (text) => {
        written.out += text;
      },
      err: (text) => {
        written.err += text;
      },
      isTerminal: false,
      hasColor: false,
      who: 'tester@here',
      env,
      folder,
      ask: () => Promise.reject(new Error('Nobody is there to be asked.')),
      ...io,
    },
    '1.2.3',
  );
  printed.push(written.out, written.err);
  return { code, stdout: written.out, stderr: written.err };
}

function ownVariables(): NodeJS.ProcessEnv {
  const foreign = /^(PG|DATABASE_URL$|REGISTRY_JOBS_|AWS_|NO_COLOR$|FORCE_COLOR$|DEBUG$|NODE_|VITEST)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    ...compileCache,
    // Nothing of this machine's AWS settings, and nobody to ask for any.
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** A database that belongs to a user of its own, whose password is hard to hide. */
export interface CliDatabase extends TestDatabase {
  /** Names the user and the password. */
  readonly url: string;
}

export async function createCliDatabase(options: { suffix?: string } = {}): Promise<CliDatabase> {
  const database = await createTestDatabase(options);
  const user = `${database.name}_user`;
  const password = `p@ss/w:rd "quoted" \\ % ${randomBytes(6).toString('hex')}`;
  watchPassword(password);
  await onServer(`CREATE ROLE "${user}" LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await onServer(`ALTER DATABASE "${database.name}" OWNER TO "${user}"`);
  const url = new URL(urlOf(database.name));
  url.username = user;
  url.password = encodeURIComponent(password);
  return {
    ...database,
    url: url.toString(),
    drop: async () => {
      await database.drop();
      await onServer(`DROP ROLE "${user}"`);
    },
  };
}

/** A folder as a user of the command line has it: files by their path, and `.env.test` for the database. */
export function createProject(
  files: Readonly<Record<string, string>>,
  database?: Pick<TestDatabase, 'url'>,
  variables: Readonly<Record<string, string>> = {},
): string {
  const folder = temporaryFolder();
  const all = { ...(database && { DATABASE_URL: database.url }), ...variables };
  const lines = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  writeFiles(folder, { '.env.test': `${lines.join('\n')}\n`, ...files });
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Output without what differs from run to run: durations become `N ms` after one space, times `TIME`. */
export function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replace(/( *)\b\d+(\.\d+)? (ms|s)\b/g, (_, space: string) => `${space && ' '}N ms`);
}
