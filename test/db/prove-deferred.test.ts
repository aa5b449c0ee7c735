import { expect, test } from 'vitest';
import { proveFiles, told } from '../support/prove.ts';

test('rows that need one transaction stop nobody: alone, their statement does nothing', {
  timeout: 20_000,
}, async () => {
  const tables = `create table if not exists a (id int primary key, b int);
create table if not exists b (id int primary key, a int references a deferrable initially deferred);
alter table a drop constraint if exists of_b;
alter table a add constraint of_b foreign key (b) references b deferrable initially deferred;`;
  const rows = 'insert into a values (1, 1) on conflict do nothing;\ninsert into b values (1, 1)';
  const safe = await proveFiles({ '001_a.sql': `${tables}\n${rows} on conflict do nothing;` });
  expect(told(safe)).toEqual([]);
  expect(safe.files[0]?.checks).toMatchObject({ once: 'ok', twice: 'ok', stopped: 'ok' });
  const unsafe = await proveFiles({ '001_a.sql': `${tables}\n${rows};` });
  expect(told(unsafe)).toEqual([
    'rerun-fails 001_a.sql:6: duplicate key value violates unique constraint "b_pkey"',
  ]);
});
