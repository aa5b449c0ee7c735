import type { LeftOut } from '../reports/import.ts';
import { foundFolder, type MigrationFolder, readFolders, sortOut } from './folders.ts';
import { linesOf } from './lines.ts';
import type { SourceFile, Tool } from './tool.ts';

const NAMES = { up: 'up.sql', down: 'down.sql' };
/** Digits, with dashes that Diesel takes out. */
const NAME = /^(\d[\d-]*)(?:_(.*))?$/;

/** Whether a folder is named as Hasura names its own: by milliseconds. */
export function isHasura(name: string): boolean {
  return /^\d{13}(_|$)/.test(name);
}

/** Diesel: a folder for each migration, with `up.sql` and `down.sql`; its ledger has versions without dashes. */
export const diesel: Tool = {
  name: 'diesel',
  recognise: (files) => {
    const first = readFolders(files, NAMES).find(({ name }) => !isHasura(name));
    return first && `the file ${first.up.path}`;
  },
  read: (files) => {
    const leftOut: LeftOut[] = [];
    const taken: string[] = [];
    const all = readFolders(files, NAMES).map((folder) => {
      const transaction = readMetadata(folder, leftOut, taken);
      const [, digits, title = ''] = NAME.exec(folder.name) ?? [];
      const number = digits?.replaceAll('-', '');
      return foundFolder('Diesel', folder, number ? { id: number, number, title } : undefined, transaction);
    });
    const named = [...taken, ...leftOut.map(({ file }) => file)];
    const sorted = sortOut('Diesel', files, all, named);
    return { found: sorted.found, leftOut: [...leftOut, ...sorted.leftOut], notes: [] };
  },
  ledger: {
    table: '__diesel_schema_migrations',
    columns: { version: /^character varying$/, run_on: /^timestamp/ },
    read: (rows) => ({
      applied: rows.map(({ version }) => ({ id: String(version).replaceAll('-', '') })),
      notes: [],
    }),
  },
  usesTransaction: true,
};

/** @returns whether the migration runs in a transaction */
function readMetadata({ others }: MigrationFolder, leftOut: LeftOut[], taken: string[]): boolean {
  const file: SourceFile | undefined = others.find(({ path }) => path.endsWith('/metadata.toml'));
  let transaction = true;
  if (file) taken.push(file.path);
  for (const { number, content } of linesOf(file?.text ?? '')) {
    const [, key, value] = /^\s*([\w.-]+)\s*=\s*([^#]*?)\s*(?:#.*)?$/.exec(content) ?? [];
    if (key === 'run_in_transaction') transaction = value !== 'false';
    else if (file && key !== undefined)
      leftOut.push({ file: file.path, line: number, why: `${key} has no counterpart here.` });
  }
  return transaction;
}
