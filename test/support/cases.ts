import path from 'node:path';
import { expect, test } from 'vitest';
import type { UpOptions } from '../../lib/jobs/up.ts';
import type { Settings } from '../../lib/settings/settings.ts';
import { formatTable } from '../../lib/text/format.ts';
import { type CaseId, cases, postgresOnly } from '../cases/list.ts';
import { type CliResult, cliInProcess, createProject, writeFiles } from './cli.ts';
import type { TestDatabase } from './database.ts';
import { dialects, type TestDialect } from './dialects.ts';
import { atEndOfFile } from './finish-file.ts';
import { anySettingsFor } from './migrations.ts';

export type Files = Readonly<Record<string, string>>;
type Json = Record<string, unknown>;

/** What a case works with: a database of its own, and a folder with migrations, both gone afterwards. */
export interface Bench {
  readonly database: TestDatabase;
  /** What it is asked of. */
  readonly dialect: TestDialect;
  readonly query: TestDatabase['query'];
  /** The project's folder. */
  readonly folder: string;
  readonly settings: Settings;
  /** Writes files into the folder `migrations`. */
  write(files: Files): void;
  /** Runs a command of registry-jobs, as a script would. */
  run(...args: string[]): Promise<CliResult>;
  /** The same with `--json`: the exit code, and the one document that it wrote. */
  json(...args: string[]): Promise<Json & { readonly code: number }>;
  /** Runs `up` and expects it to go well. */
  up(...args: string[]): Promise<Json>;
}

/** Options of `up` in a library call that a case makes. */
export type { UpOptions };

const dropping: Promise<void>[] = [];
atEndOfFile(async () => {
  await Promise.all(dropping.splice(0));
});

const rows: string[][] = [];
atEndOfFile(() => {
  if (rows.length === 0) return;
  console.log(`${formatTable([['case', 'what', 'expectation', 'result'], ...rows.splice(0)])}\n`);
});

/** Registers the test of one case of list.ts, once for each dialect that it is asked of; its row stands in the table that is printed behind the file. */
export function engineCase(id: CaseId, check: (bench: Bench) => Promise<void>): void {
  const asked = dialects.filter(({ dialect }) => dialect.name === 'postgres' || !postgresOnly.has(id));
  for (const asking of asked) {
    const { dialect } = asking;
    register(id, asked.length > 1 ? ` [${dialect.name}]` : '', async () => {
      const database = await asking.createDatabase();
      try {
        await check(openBench(database, asking));
      } finally {
        // The next case need not wait for it.
        dropping.push(database.drop());
      }
    });
  }
}

/** A case that is decided before any database is asked. */
export function fileCase(id: CaseId, check: (bench: Omit<Bench, 'query'>) => Promise<void>): void {
  // Nothing listens there: whoever asks a database after all, fails.
  register(id, '', () =>
    check(openBench({ url: 'postgres://nobody@127.0.0.1:1/none_test' } as TestDatabase, dialects[0])),
  );
}

/** A case that cannot be shown here. The reason stands in the table. */
export function skippedCase(id: CaseId, reason: string): void {
  const [what, expectation] = cases[id];
  rows.push([id, what, expectation, `skipped: ${reason}`]);
  test.skip(`${id} ${what} -> ${expectation} (${reason})`, () => {});
}

function register(id: CaseId, suffix: string, check: () => Promise<void>): void {
  const [what, expectation] = cases[id];
  test(`${id}${suffix} ${what} -> ${expectation}`, async () => {
    const row = [`${id}${suffix}`, what, expectation, 'FAILED'];
    rows.push(row);
    await check();
    row[3] = 'ok';
  });
}

function openBench(database: TestDatabase, dialect = dialects[0] as TestDialect): Bench {
  const folder = createProject({}, database);
  // As a variable: a flag would be repeated in every command that a report tells.
  const run = (...args: string[]) =>
    cliInProcess(args, { folder, env: { REGISTRY_JOBS_ENVIRONMENT: 'test' } });
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json');
    expect(stderr).toBe('');
    const report: Json = JSON.parse(stdout);
    return { ...report, code } as Json & { readonly code: number };
  };
  const write = (files: Files) => writeFiles(path.join(folder, 'migrations'), files);
  return {
    database,
    dialect,
    query: database.query,
    folder,
    settings: anySettingsFor(database.url),
    write,
    run,
    json,
    up: async (...args) => {
      const report = await json('up', ...args);
      expect(report.error ?? report.failed).toBeUndefined();
      expect(report).toMatchObject({ code: 0, status: 'applied' });
      return report;
    },
  };
}

/** Expects `up` to refuse these files before anything runs: exit code, error code, message, place, and advice. */
export async function expectRefusal(
  bench: Pick<Bench, 'write' | 'json'>,
  files: Files,
  expected: { exit?: 1 | 2; code: string; message: string; at?: string; hint?: string },
): Promise<void> {
  bench.write(files);
  const { code, error } = (await bench.json('up')) as unknown as {
    code: number;
    error: {
      code: string;
      message: string;
      hint?: string;
      location?: { file: string; line: number; column: number };
    };
  };
  const { location } = error;
  expect({
    exit: code,
    code: error.code,
    message: error.message,
    at: location && `${location.file}:${location.line}:${location.column}`,
  }).toEqual({ exit: expected.exit ?? 1, code: expected.code, message: expected.message, at: expected.at });
  expect(error.hint).toEqual(expected.hint ?? expect.stringMatching(/\S/));
}

/** The tables of a database, ours left out. */
export async function tablesOf({ query, dialect }: Pick<Bench, 'query' | 'dialect'>): Promise<string[]> {
  const found = await query<{ name: string }>(dialect.tables);
  return found.map(({ name }) => name).filter((name) => !name.startsWith('schema_migrations'));
}

/** The versions of the ledger, in order; those that are not finished with a `?`. */
export async function ledgerOf({ query, dialect }: Pick<Bench, 'query' | 'dialect'>): Promise<string[]> {
  const found = await query<{ shown: string }>(
    `select version || case when finished_at is null then '?' else '' end as shown
      from ${dialect.schema}.schema_migrations order by version`,
  );
  return found.map(({ shown }) => shown);
}

/** `applied 001_a 1/1`, for each row of the journal in the order of time. */
export async function journalOf({ query, dialect }: Pick<Bench, 'query' | 'dialect'>): Promise<string[]> {
  const found = await query<{ shown: string }>(
    `select status || ' ' || version || ' ' || done || '/' || statements as shown
      from ${dialect.schema}.schema_migrations_journal order by started_at, ${dialect.order}`,
  );
  return found.map(({ shown }) => shown);
}
