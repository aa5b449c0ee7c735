import { createHash } from 'node:crypto';
import { UsageError } from '../errors/error.ts';
import { foundFolder, isFound, readFolders, sortOut } from './folders.ts';
import { linesOf } from './lines.ts';
import { splitName } from './others.ts';
import type { ReadContext, Reading, SourceFile, Standing, Tool, ToolRow } from './tool.ts';

const LOCK = 'migration_lock.toml';
const NAMES = { up: 'migration.sql', down: 'down.sql' };

/** Prisma: a folder for each migration, with `migration.sql`, and its SHA-256 in the ledger. */
export const prisma: Tool = {
  name: 'prisma',
  recognise: (files) => {
    const [first] = readFolders(files, NAMES);
    return first && `the file ${first.up.path}`;
  },
  read: readPrisma,
  ledger: {
    table: '_prisma_migrations',
    columns: { migration_name: /^character varying$/, rolled_back_at: /^timestamp/ },
    read: readRows,
  },
  usesTransaction: false,
};

function readPrisma(files: readonly SourceFile[], { sourceName }: ReadContext): Reading {
  const lock = files.find(({ path }) => path === LOCK);
  assertPostgres(lock, sourceName(LOCK));
  const all = readFolders(files, NAMES).map((folder) => {
    const name = splitName(folder.name);
    const found = foundFolder('Prisma', folder, name && { id: folder.name, ...name }, true);
    return isFound(found) ? { ...found, checksums: checksumsOf(folder.up.text) } : found;
  });
  return {
    ...sortOut('Prisma', files, all, [LOCK]),
    notes: lock
      ? [
          `${LOCK} and the shadow database of "prisma migrate dev" have no counterpart here; neither is needed.`,
        ]
      : [],
  };
}

function assertPostgres(lock: SourceFile | undefined, file: string): void {
  for (const { number, content } of linesOf(lock?.text ?? '')) {
    const provider = /^\s*provider\s*=\s*"([^"]*)"/.exec(content)?.[1];
    if (provider === undefined || /^postgres(ql)?$/.test(provider)) continue;
    throw new UsageError(
      'other-database',
      `These migrations are written for ${provider}, not for Postgres.`,
      {
        location: { file, line: number, column: 1 },
        hint: 'Have Prisma write them anew for Postgres, then import those.',
      },
    );
  }
}

/** Of the bytes as they are; git may have changed the ends of lines since. */
function checksumsOf(text: string): string[] {
  const unix = text.replaceAll('\r\n', '\n');
  return [text, unix, unix.replaceAll('\n', '\r\n')].map((variant) =>
    createHash('sha256').update(variant, 'latin1').digest('hex'),
  );
}

function readRows(rows: readonly ToolRow[]): Standing {
  const applied = rows.filter(({ finished_at, rolled_back_at }) => finished_at && !rolled_back_at);
  const names = new Set(applied.map(({ migration_name }) => migration_name));
  const failed = rows.find(
    ({ migration_name, finished_at, rolled_back_at }) =>
      !finished_at && !rolled_back_at && !names.has(migration_name ?? null),
  );
  if (failed) {
    const message = `Prisma says that ${failed.migration_name} began and did not end: it failed.`;
    const hint = `Mend the database and say so first: npx prisma migrate resolve --applied ${failed.migration_name}, or --rolled-back`;
    return { applied: [], refusal: { code: 'dirty', message, hint }, notes: [] };
  }
  const rolledBack = rows
    .filter(({ migration_name, rolled_back_at }) => rolled_back_at && !names.has(migration_name ?? null))
    .map(({ migration_name }) => migration_name);
  return {
    applied: applied.map(({ migration_name, checksum }) => ({
      id: String(migration_name),
      ...(checksum && { checksum }),
    })),
    notes:
      rolledBack.length > 0
        ? [`Prisma calls these rolled back, so they are pending: ${[...new Set(rolledBack)].join(', ')}.`]
        : [],
  };
}
