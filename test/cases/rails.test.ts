import { expect } from 'vitest';
import { type Bench, engineCase, journalOf, ledgerOf } from '../support/cases.ts';

/** What `pg_dump` writes of an application of Rails, its data included. */
const DUMP = `--
-- PostgreSQL database dump
--

\\restrict 9cMxbXJ6Gb5eMxqzWcKPYbDoVgyHxVbGk2lSTqCDzzXZT4tXoZ2sWNV8yYqvQ1r

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE TYPE public.state AS ENUM (
    'A',
    'D'
);

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.ar_internal_metadata (
    key character varying NOT NULL,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE public.objects (
    id bigint NOT NULL,
    title character varying,
    state public.state DEFAULT 'A'::public.state NOT NULL,
    size bigint
);

CREATE SEQUENCE public.objects_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.objects_id_seq OWNED BY public.objects.id;

CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);

ALTER TABLE ONLY public.objects ALTER COLUMN id SET DEFAULT nextval('public.objects_id_seq'::regclass);

--
-- Data for Name: ar_internal_metadata; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ar_internal_metadata (key, value, created_at, updated_at) FROM stdin;
environment	production	2019-09-25 12:11:00	2019-09-25 12:11:00
\\.


--
-- Data for Name: objects; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.objects (id, title, state, size) FROM stdin;
1	Minutes; 1901 -- "draft"	A	100
2	\\N	A	250
3	😀\\t$$	D	1
\\.


--
-- Data for Name: schema_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.schema_migrations (version) FROM stdin;
20190925121100
20191021125829
20200301000000
20200302000000
\\.


SELECT pg_catalog.setval('public.objects_id_seq', 3, true);

ALTER TABLE ONLY public.ar_internal_metadata
    ADD CONSTRAINT ar_internal_metadata_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.objects
    ADD CONSTRAINT objects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

--
-- PostgreSQL database dump complete
--

\\unrestrict 9cMxbXJ6Gb5eMxqzWcKPYbDoVgyHxVbGk2lSTqCDzzXZT4tXoZ2sWNV8yYqvQ1r

`;

const begin = (version: string) =>
  `insert into schema_migrations ("version", started_at) values ('${version}', now()) on conflict do nothing;`;
const end = (version: string) =>
  `update schema_migrations set finished_at = now() where "version" = '${version}';`;

/** As such files are written: each says by itself when it began and when it was done. */
const FILES = {
  'initial_schema.sql': DUMP,
  '001_deposit_stats.sql': `-- Totals by state.
-- Runs again without harm.
alter table schema_migrations add column if not exists started_at timestamp;
alter table schema_migrations add column if not exists finished_at timestamp;

${begin('001_deposit_stats')}

create table if not exists deposit_stats (state text primary key, total numeric);

create or replace function refresh_deposit_stats() returns void language plpgsql as $$
begin
  insert into deposit_stats select state, sum(size) from objects group by state
    on conflict (state) do update set total = excluded.total;
end;
$$;

select refresh_deposit_stats();
select pg_sleep(0.05);

${end('001_deposit_stats')}
`,
  '002_labels.sql': `insert into schema_migrations ("version", started_at, finished_at)
  values ('002_labels', '2001-01-01', '2001-01-02') on conflict ("version") do nothing;
do $$
begin
  if not exists (select from information_schema.columns where table_name = 'objects' and column_name = 'label') then
    alter table objects add column label text;
  end if;
end
$$;
update objects set label = 'small' where size < 10;
update schema_migrations set finished_at = '2001-01-02' where "version" = '002_labels';
`,
  '003_rebuild.sql': `-- registry-jobs: transaction off
${begin('003_rebuild')}
create index concurrently if not exists objects_on_label on objects (label);
${end('003_rebuild')}
`,
};

const TIMES = `select version, started_at <= finished_at as ordered,
    started_at > (now() at time zone 'utc') - interval '1 minute' as recent,
    extract(epoch from finished_at - started_at) * 1000 as took
  from public.schema_migrations where checksum is not null order by version`;

async function load(bench: Bench) {
  bench.write(FILES);
  return bench.up();
}

engineCase('K1', async (bench) => {
  // Times are UTC, whatever the server thinks.
  await bench.query(`alter database "${bench.database.name}" set timezone = 'Pacific/Auckland'`);
  expect(await load(bench)).toMatchObject({
    applied: [
      { version: 'initial_schema' },
      { version: '001_deposit_stats' },
      { version: '002_labels' },
      { version: '003_rebuild' },
    ],
    warnings: [
      {
        code: 'other-tool',
        message:
          '4 versions were applied by another tool and have no file: 20190925121100, 20191021125829, 20200301000000 and 1 more.',
      },
    ],
  });
  expect(await ledgerOf(bench)).toEqual([
    '001_deposit_stats',
    '002_labels',
    '003_rebuild',
    '20190925121100?',
    '20191021125829?',
    '20200301000000?',
    '20200302000000?',
    'initial_schema',
  ]);
  const times = await bench.query(TIMES);
  expect(times.map(({ version, ordered, recent }) => [version, ordered, recent])).toEqual(
    ['001_deposit_stats', '002_labels', '003_rebuild', 'initial_schema'].map((version) => [
      version,
      true,
      true,
    ]),
  );
  expect(Number(times[0]?.took)).toBeGreaterThanOrEqual(50);
  expect(await journalOf(bench)).toEqual([
    'applied initial_schema 26/26',
    'applied 001_deposit_stats 8/8',
    'applied 002_labels 4/4',
    'applied 003_rebuild 3/3',
  ]);
  expect(await bench.query('select state, total::int from deposit_stats order by 1')).toEqual([
    { state: 'A', total: 350 },
    { state: 'D', total: 1 },
  ]);
  expect(await bench.query('select id, title, label from objects order by id')).toEqual([
    { id: '1', title: 'Minutes; 1901 -- "draft"', label: null },
    { id: '2', title: null, label: null },
    { id: '3', title: '😀\t$$', label: 'small' },
  ]);
});

engineCase('K2', async (bench) => {
  await load(bench);
  const snapshot = async () => [
    await bench.query('select l.*, xmin::text from public.schema_migrations l order by version'),
    await bench.query('select j.*, xmin::text from public.schema_migrations_journal j order by id'),
    await bench.query('select xmin::text, * from objects order by id'),
  ];
  const before = await snapshot();
  expect((await bench.run('up')).stdout).toMatch(
    /^Warning: 4 versions were applied by another tool .*\nNothing to do: \w+ on 127\.0\.0\.1 as postgres has all 4 migrations \(.*\)\.\n$/,
  );
  expect((await bench.run('status', '--check')).code).toBe(0);
  expect((await bench.run('verify')).code).toBe(0);
  expect(await snapshot()).toEqual(before);
});
