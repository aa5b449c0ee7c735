import { afterAll, beforeAll, expect, test } from 'vitest';
import { snapshotSql } from '../../lib/postgres/snapshot/snapshot-sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * What the server keeps and the snapshot does not look at, by table, with the reason. A table or a column that a later version of Postgres
 * brings is in none of these, and fails the test until somebody has decided.
 */
const NOT_READ: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pg_partitioned_table: { '*': 'pg_get_partkeydef says it' },
  pg_replication_origin: { '*': 'how far a subscription is: no part of the schema' },
  pg_shdepend: { '*': 'who needs whom follows from the objects' },
  pg_statistic: { '*': 'what ANALYZE has found: about data' },
  pg_statistic_ext_data: { '*': 'what ANALYZE has found: about data' },
  pg_subscription_rel: { '*': 'how far a subscription is: no part of the schema' },
  pg_largeobject: { '*': 'data' },
  pg_amop: { 'amoplefttype amoprighttype amopmethod': 'those of the operator and the family' },
  pg_attribute: {
    'attlen attbyval attalign attndims': 'of the type',
    attcacheoff: 'a place that the server keeps while it runs',
    'atthasdef atthasmissing attmissingval': 'how the server keeps a column that was added later',
  },
  pg_authid: { rolpassword: 'a secret' },
  pg_class: {
    'relfilenode relpages reltuples relallvisible relallfrozen relfrozenxid relminmxid relrewrite':
      'about files',
    'reltype relisshared relnatts relchecks': 'counts and numbers of what is looked at itself',
    'relhasindex relhasrules relhastriggers relhassubclass':
      'hints for the planner, which may be out of date',
  },
  pg_collation: { collversion: 'of the library of the machine' },
  pg_constraint: {
    'condeferrable condeferred conenforced convalidated connoinherit conperiod conkey confkey':
      'pg_get_constraintdef says it',
    'confrelid confupdtype confdeltype confmatchtype confdelsetcols conexclop conbin':
      'pg_get_constraintdef says it',
    'conindid conpfeqop conppeqop conffeqop': 'which index and operators the server has chosen for it',
  },
  pg_database: {
    dathasloginevt: 'follows from the event triggers',
    'datfrozenxid datminmxid datlastsysoid': 'about files',
    datcollversion: 'of the library of the machine',
  },
  pg_index: {
    'indnatts indnkeyatts indisunique indnullsnotdistinct indisexclusion indkey indcollation indclass indoption indpred':
      'pg_get_indexdef says it',
    'indisprimary indimmediate': 'the constraint says it',
    indcheckxmin: 'from when on running transactions may use it',
  },
  pg_init_privs: { privtype: 'who wrote it down' },
  pg_language: { lanispl: 'true of each that somebody has made' },
  pg_opclass: { opcmethod: 'that of the family' },
  pg_operator: {
    'oprname oprkind oprleft oprright': 'its name as regoperator says it',
    oprresult: 'that of the function',
  },
  pg_proc: {
    'proname proargtypes': 'its name as regprocedure says it',
    'provariadic pronargs pronargdefaults proallargtypes proargmodes proargnames proargdefaults':
      'pg_get_function_arguments says it',
    proretset: 'pg_get_function_result says it',
    prosqlbody: 'pg_get_function_sqlbody says it',
  },
  pg_rewrite: { 'ev_type is_instead ev_qual ev_action': 'pg_get_ruledef says it' },
  pg_statistic_ext: { 'stxrelid stxkeys stxkind stxexprs': 'pg_get_statisticsobjdef says it' },
  pg_subscription: { subskiplsn: 'which transaction is skipped: no part of the schema' },
  pg_trigger: {
    'tgfoid tgtype tgconstrrelid tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual tgoldtable tgnewtable':
      'pg_get_triggerdef says it',
    tgconstrindid: 'which index the server has chosen for it',
  },
  pg_type: { typndims: 'declared, and kept by nobody' },
  pg_user_mapping: { 'umuser umserver': 'pg_user_mappings says it, to whom it may' },
};

let database: TestDatabase;
let catalogs: { catalog: string; columns: string[] }[];
let major: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const version = `select current_setting('server_version_num')::int / 10000 as major`;
  major = (await database.query<{ major: number }>(version))[0]?.major ?? 0;
  // Views and what lies beneath them, indexes and TOAST, hold nothing of their own.
  catalogs =
    await database.query(`select c.relname::text as catalog, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and c.oid < 16384 group by c.relname order by 1`);
});
afterAll(() => database.drop());

/** The words of the query: the names of columns begin with their catalog's own letters, so none is another's. */
const words = () => new Set(snapshotSql({ major, cluster: true }).match(/\w+/g) ?? []);

const exceptions = (catalog: string) => {
  const names = Object.keys(NOT_READ[catalog] ?? {}).flatMap((key) => key.split(' '));
  return new Set(names);
};

test('each catalog of the server is read, or there is a reason not to', () => {
  expect(catalogs.length).toBeGreaterThan(55);
  const read = words();
  const forgotten = catalogs.filter(({ catalog }) => !read.has(catalog) && !exceptions(catalog).has('*'));
  expect(forgotten).toEqual([]);
});

test('and each column of those', () => {
  const read = words();
  const forgotten = catalogs.flatMap(({ catalog, columns }) => {
    const known = exceptions(catalog);
    if (known.has('*')) return [];
    return columns
      .filter((column) => !read.has(column) && !known.has(column))
      .map((column) => `${catalog}.${column}`);
  });
  expect(forgotten).toEqual([]);
});

test('no reason is there for what is read', () => {
  const read = words();
  const idle = Object.keys(NOT_READ).flatMap((catalog) =>
    [...exceptions(catalog)].filter((column) => read.has(column)).map((column) => `${catalog}.${column}`),
  );
  expect(idle).toEqual([]);
});

test('what objects are made of in pg_depend and pg_description is one of them', async () => {
  const classes = await database.query<{
    catalog: string;
  }>(`select distinct classid::regclass::text as catalog from (
      select classid from pg_depend union select refclassid from pg_depend union select classoid from pg_description
      union select classoid from pg_shdescription union select classid from pg_shdepend) x where classid <> 0`);
  const read = words();
  expect(classes.length).toBeGreaterThan(15);
  expect(classes.map(({ catalog }) => catalog).filter((catalog) => !read.has(catalog))).toEqual([]);
});
