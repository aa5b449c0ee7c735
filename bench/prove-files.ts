import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Files by their names. */
export type Files = Readonly<Record<string, string>>;

/** Writes files into a folder that is made for them, and gives it back. */
export async function write(folder: string, files: Files): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, sql] of Object.entries(files)) await writeFile(path.join(folder, name), sql);
  return folder;
}

const EACH = 10;

/**
 * Files that `prove` finds nothing in, of ten short statements each: tables, columns, indexes, functions, views and rows, all made so that they can be run again.
 *
 * @param statements how many in all: a multiple of ten
 */
export function generatePlain(statements: number): Files {
  return Object.fromEntries(
    Array.from({ length: statements / EACH }, (_, index) => [`${number(index)}_plain.sql`, plain(index)]),
  );
}

function plain(index: number): string {
  const table = `item_${number(index)}`;
  return `create table if not exists ${table} (id bigint primary key, name text not null);
alter table ${table} add column if not exists size bigint;
alter table ${table} alter column size set default 0;
create index if not exists ${table}_name on ${table} (name);
insert into ${table} values (1, 'one', 1), (2, 'two', 2) on conflict do nothing;
update ${table} set name = 'two' where id = 2;
create or replace function ${table}_touch() returns trigger language plpgsql as 'begin return new; end';
drop trigger if exists touch on ${table};
create trigger touch before update on ${table} for each row execute function ${table}_touch();
create or replace view ${table}_names as select id, name from ${table};
`;
}

/** Pairs of an up and a down file: in turns a table, and a column with an index. */
export function generatePairs(pairs: number): Files {
  return Object.fromEntries(
    Array.from({ length: pairs }, (_, index) => {
      const table = `thing_${number(index - (index % 2))}`;
      const [up, down] =
        index % 2 === 0
          ? [`create table ${table} (id bigint primary key, name text);\n`, `drop table ${table};\n`]
          : [
              `alter table ${table} add column size int;\ncreate index ${table}_size on ${table} (size);\n`,
              `drop index ${table}_size;\nalter table ${table} drop column size;\n`,
            ];
      return [
        [`${number(index)}_pair.up.sql`, up],
        [`${number(index)}_pair.down.sql`, down],
      ];
    }).flat(),
  );
}

function number(index: number): string {
  return String(index + 1).padStart(4, '0');
}
