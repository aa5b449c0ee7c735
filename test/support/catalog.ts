import type pg from 'pg';
import { ledgerTables } from '../../lib/postgres/snapshot/left-out.ts';
import type { Asked } from '../../lib/postgres/snapshot/pinned.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';

type Client = Pick<pg.Client, 'query'>;

/** Without the migrations' own record of themselves. */
const OURS = `c.relnamespace = 'public'::regnamespace and c.relname !~ '^schema_migrations'`;

const asking = new WeakMap<Client, Asked>();
/** The migrations' own record of themselves, which every run changes. */
const LEDGER = ledgerTables(defaultLedger);
/** By what the server knows what is in `public`. */
const IDENTITIES = `
  select format('number %s of %s', oid, conname) as line from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select format('number %s of %s', oid, oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select format('number %s of %s', c.oid, relname) from pg_class c where ${OURS}
  union all
  select format('number %s of %s on %s', r.oid, rulename, relname) from pg_rewrite r join pg_class c on c.oid = ev_class
    where ${OURS}
  union all
  select format('number %s of %s on %s', t.oid, tgname, relname) from pg_trigger t join pg_class c on c.oid = tgrelid
    where ${OURS} and not tgisinternal`;

/**
 * Everything that a database consists of, a line for each object, sorted: the snapshot that `prove` compares. Inside a transaction of the
 * client, or outside of one.
 *
 * @param identities with the ids of the objects of `public`, so that one that was dropped and made anew shows as well
 */
export async function catalogOf(client: Client, { identities = true } = {}): Promise<string[]> {
  const asked = await askedOf(client);
  const { rows: now } = await client.query(`select statement_timestamp() > now() as inside`);
  const snapshot = await readSnapshot(asked, { inTransaction: now[0].inside, leaveOut: LEDGER });
  const { rows } = identities ? await client.query<{ line: string }>(IDENTITIES) : { rows: [] };
  return [
    ...[...snapshot].map(([key, { properties }]) => `${key} ${properties}`),
    ...rows.map(({ line }) => line),
  ].sort();
}

/** The same for each client: a session keeps the query that was prepared in it. */
async function askedOf(client: Client): Promise<Asked> {
  const known = asking.get(client);
  if (known) return known;
  const { rows } = await client.query("select current_setting('server_version') as version");
  const asked: Asked = {
    serverVersion: String(rows[0]?.version),
    send: async (sql) => {
      const results: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
      const [last] = [results].flat().slice(-1);
      return { command: last?.command ?? '', rows: last?.rows ?? [] };
    },
  };
  asking.set(client, asked);
  return asked;
}

/** What every table of `public` holds and where its sequence stands: a line for each, with a digest of its rows in any order. */
export async function contentsOf(client: Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string; kind: string }>(
    `select c.oid::regclass::text as name, c.relkind as kind from pg_class c
     where ${OURS} and (c.relkind in ('r', 'S') or c.relkind = 'm' and c.relispopulated) order by 1`,
  );
  const digests = tables.map(({ name, kind }) =>
    kind === 'S'
      ? `select '${name}' as name, format('%s %s', last_value, is_called) as contents from ${name}`
      : `select '${name}' as name, format('%s rows %s', count(*), sum(hashtextextended(t::text, 0)::numeric)) as contents from ${name} t`,
  );
  if (digests.length === 0) return [];
  const { rows } = await client.query<{ name: string; contents: string }>(digests.join('\nunion all\n'));
  // The server may well read the tables side by side.
  return rows.map(({ name, contents }) => `${name}: ${contents}`).sort();
}
