import { expect } from 'vitest';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import type { Snapshot } from '../../lib/plan/snapshot.ts';
import { ledgerTables } from '../../lib/postgres/snapshot/left-out.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import { describeDifference } from '../../lib/reports/difference.ts';
import { engineCase, ledgerOf } from '../support/cases.ts';
import { openSession } from '../support/snapshot-database.ts';

const FILES = {
  '201909251211_base.up.sql': `create table objects (id bigint generated always as identity primary key, title text not null,
      size bigint default 0 check (size >= 0));
    comment on table objects is 'What is kept.';
    create view titles as select id, title from objects;
    insert into objects (title, size) values ('one', 1), ('two', 2);`,
  '201909251211_base.down.sql': 'drop view titles; drop table objects;',
  '20191021125829_stats.up.sql': `create type state as enum ('A', 'D');
    create table stats (object_id bigint references objects on delete cascade, state state not null default 'A',
      total numeric(10, 2), primary key (object_id, state)) partition by list (state);
    create table stats_a partition of stats for values in ('A');
    create index stats_on_total on stats (total desc) where total > 0;
    alter table objects add column label varchar(20) default 'none', alter column size set not null;
    create unique index objects_on_title on objects (lower(title));
    create function total(bigint) returns numeric language sql stable as 'select sum(total) from stats where object_id = $1';
    comment on function total(bigint) is 'Of one object.';
    comment on column objects.label is 'For display.';
    create or replace view titles as select id, title, label from objects;
    create materialized view sums as select count(*) from objects;
    grant select on objects, stats to pg_monitor;
    revoke execute on function total(bigint) from public;
    create trigger touch before update on objects for each row execute function suppress_redundant_updates_trigger();`,
  '20191021125829_stats.down.sql': `drop trigger touch on objects; revoke select on objects from pg_monitor; drop materialized view sums;
    drop view titles; drop function total(bigint); drop index objects_on_title; comment on column objects.label is null;
    alter table objects drop column label, alter column size drop not null; drop table stats; drop type state;
    create view titles as select id, title from objects;`,
  '18446744073709551615_last.up.sql': `alter table objects add constraint short check (length(title) < 100) not valid;
    alter table objects validate constraint short; create sequence numbers start 7;
    create policy mine on objects for select to pg_monitor using (size > 0); alter table objects enable row level security;`,
  '18446744073709551615_last.down.sql': `alter table objects disable row level security; drop policy mine on objects;
    drop sequence numbers; alter table objects drop constraint short;`,
};

engineCase('V1', async (bench) => {
  const session = await openSession(bench.database);
  const catalog = () => readSnapshot(session.connection, { leaveOut: ledgerTables(bench.settings.ledger) });
  const expectEqual = async (expected: Snapshot) =>
    expect(compareSnapshots(expected, await catalog()).map(describeDifference)).toEqual([]);
  const directions = (report: unknown) =>
    (report as { applied: { version: string; direction: string }[] }).applied.map(
      ({ version, direction }) => `${direction} ${version}`,
    );
  bench.write(FILES);
  await bench.up('--to', '201909251211');
  const first = await catalog();
  expect(directions(await bench.up())).toEqual(['up 20191021125829', 'up 18446744073709551615']);
  const before = await catalog();
  // It has what the files made, or nothing would be compared.
  expect(compareSnapshots(first, before).map(describeDifference)).toEqual(
    expect.arrayContaining([
      "table public.stats_a is new: bound FOR VALUES IN ('A'), parents public.stats",
      'table public.objects has a new policy mine: command select, roles pg_monitor, using (size > 0)',
      'view public.titles: differs from line 2: title -> title,',
    ]),
  );

  expect(directions(await bench.json('down', '--to', '201909251211', '--yes'))).toEqual([
    'down 18446744073709551615',
    'down 20191021125829',
  ]);
  expect(await ledgerOf(bench)).toEqual(['201909251211']);
  await expectEqual(first);

  expect(directions(await bench.up())).toEqual(['up 20191021125829', 'up 18446744073709551615']);
  await expectEqual(before);
  await session.close();
  expect(await bench.query('select title, size, label from objects order by id')).toEqual([
    { title: 'one', size: '1', label: 'none' },
    { title: 'two', size: '2', label: 'none' },
  ]);
});
