import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const root = path.resolve(import.meta.dirname, '../fixtures/folders');

/** What a folder in the wild comes to. */
interface Applied {
  readonly folder: string;
  /** What `up` says besides what it applied: the beginning of each warning. */
  readonly warnings?: readonly string[];
  /** Whether all of it can be undone; if not, how the refusal reads. */
  readonly down?: string | false;
}

interface Refused {
  readonly folder: string;
  readonly says: readonly string[];
}

const applied: readonly Applied[] = [
  {
    folder: 'own-transactions',
    warnings: [
      "F/1_tables.up.sql:1:1: BEGIN and COMMIT are left out: the migration's own transaction takes their place.",
      "F/2_boxes.up.sql:2:1: The file's 2 transactions are one here, the migration's own: it is applied as a whole, or not at all. Each BEGIN and COMMIT is left out.",
    ],
  },
  {
    folder: 'broken-down',
    warnings: ['F/1_boxes.down.sql:1:6: syntax error at or near "TABEL". Only going down needs this file.'],
    down: 'F/1_boxes.down.sql:1:6: syntax error at or near "TABEL" [syntax-error]',
  },
  { folder: 'other-files' },
  {
    folder: 'lone-concurrently',
    warnings: [
      'F/2_label.up.sql:2:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction: the file runs without one. It could say so: -- registry-jobs: transaction off',
    ],
  },
  {
    folder: 'no-transaction',
    warnings: ['F/20240102030406_label.up.sql:1:1: This is taken for: -- registry-jobs: transaction off'],
  },
  { folder: 'dates', down: false },
  {
    folder: 'put-aside',
    warnings: ['SQL files in folders below F are not migrations, and were not read: old/2_never.up.sql.'],
  },
  { folder: 'odd-titles' },
];

const refused: readonly Refused[] = [
  {
    folder: 'both-ways-in-one',
    says: [
      'F/20240102030405_boxes.sql:4:1: Below this line another tool keeps the way back, which would be run as well. [way-back-inside]',
      'or have the folder written anew: registry-jobs import F F-new',
    ],
  },
  {
    folder: 'words-for-directions',
    says: [
      '1_boxes_down.sql is by its name the way back of 1_boxes_up.sql, and would be run as a way forward. [bad-file-name]',
      'Name them as a pair: mv F/1_boxes_up.sql F/1_boxes.up.sql && mv F/1_boxes_down.sql F/1_boxes.down.sql',
    ],
  },
  {
    folder: 'folder-for-each',
    says: [
      'F holds no migration, but 2 folders as Prisma has them. [no-migrations]',
      'Have them written as files: registry-jobs import F F-new',
    ],
  },
  {
    folder: 'flyway-names',
    says: [
      "V1__boxes.sql is not a migration's name: it is named as Flyway names its files. [bad-file-name]",
      "R__views.sql is not a migration's name: it is named as Flyway names its files. [bad-file-name]",
    ],
  },
];

/** Catalog of a database as a plain client makes it: each file as one message, or, where that cannot be, each statement. */
async function plainCatalog(folder: string): Promise<string[]> {
  const database = await createTestDatabase();
  try {
    const client = await database.connect();
    const files = readdirSync(folder).filter((name) => /^\d.*\.sql$/.test(name) && !name.includes('.down.'));
    for (const file of files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
      const sql = readFileSync(path.join(folder, file), 'utf8');
      const parts = /concurrently/i.test(sql) ? sql.split(/;\n/) : [sql];
      for (const part of parts) await client.query(part);
    }
    return await catalogOf(client, { identities: false });
  } finally {
    await database.drop();
  }
}

describe.concurrent('a folder as it is found in the wild', () => {
  test.each(applied)('$folder: up, again, down, up', async ({ folder, warnings = [], down }) => {
    const files = path.join(root, folder);
    const database = await createTestDatabase();
    try {
      const project = createProject({}, database);
      const run = (...args: string[]) =>
        cliInProcess([...args, '--migrations', files, '--json'], {
          folder: project,
          env: { REGISTRY_JOBS_ENVIRONMENT: 'test' },
        });
      const looker = await database.connect();
      const catalog = () => catalogOf(looker, { identities: false });
      const empty = await catalog();
      const first = await run('up');
      const report = JSON.parse(first.stdout);
      expect([first.code, report.status, report.error ?? report.failed]).toEqual([0, 'applied', undefined]);
      expect(
        report.warnings.map(({ message }: { message: string }) => message.replaceAll(files, 'F')),
      ).toEqual(warnings);
      const made = await catalog();
      expect(made).toEqual(await plainCatalog(files));
      expect(JSON.parse((await run('up')).stdout).status).toBe('nothing-to-do');
      if (down === false) return;
      const back = await run('down', '--to', '0', '--yes');
      if (typeof down === 'string') {
        expect(back.code).toBe(1);
        const { location, message, code } = JSON.parse(back.stdout).error;
        const { file, line, column } = location;
        expect(`${file}:${line}:${column}: ${message} [${code}]`.replaceAll(files, 'F')).toBe(down);
        expect(await catalog()).toEqual(made);
        return;
      }
      expect(JSON.parse(back.stdout)).toMatchObject({ status: 'applied' });
      expect(await catalog()).toEqual(empty);
      expect(JSON.parse((await run('up')).stdout).status).toBe('applied');
      expect(await catalog()).toEqual(made);
    } finally {
      await database.drop();
    }
  });

  test.each(refused)('$folder: refused before anything runs', async ({ folder, says }) => {
    const files = path.join(root, folder);
    // Nothing listens there: whoever asks a database after all, fails otherwise.
    const project = createProject({}, { url: 'postgres://nobody@127.0.0.1:1/none_test' } as TestDatabase);
    const { code, stdout, stderr } = await cliInProcess(['up', '--migrations', files], {
      folder: project,
      env: { REGISTRY_JOBS_ENVIRONMENT: 'test' },
    });
    expect([code === 0, stdout]).toEqual([false, '']);
    const text = stderr.replaceAll(files, 'F');
    for (const sentence of says) expect(text).toContain(sentence);
  });
});

test('every folder among the fixtures is tried', () => {
  expect([...applied, ...refused].map(({ folder }) => folder).sort()).toEqual(readdirSync(root).sort());
});
