import type { Connection, QueryResult } from '../session/connection.ts';
import { readTexts, textsOf } from '../snapshot/any-bytes.ts';
import { PREPARE_TABLES } from './capture.ts';
import { type Catalog, lookSql, readCatalogs, type When, writtenSql } from './fingerprint-query.ts';
import { forgetPrepared, prepareOnce } from './prepared.ts';

/** What was seen of each catalog that was looked at; nothing of one that was written to, and not looked at. */
export type Print = ReadonlyMap<string, string | undefined>;

/** A quick look at catalogs, at what a transaction has done to them. */
export interface Fingerprint {
  /** To be sent: asks how much of each catalog was written. */
  readonly written: string;
  /** Reads its answer: the catalogs that the transaction has written to, those of what was rolled back of it as well. */
  readWritten(rows: QueryResult['rows']): readonly string[];
  /** Prepares a look at some of them. Sent at once: what is sent next may look. */
  at(catalogs: readonly string[]): CatalogLook;
  readonly all: readonly string[];
  /** Reads the answer to a look, with what of the rest is still there: as a text without the server's numbers. */
  read(rows: QueryResult['rows']): Print;
}

/** Each is to be sent: the query for what came in the transaction; and, after it was rolled back, for what had gone, which is prepared when it is asked for. */
export interface CatalogLook {
  readonly came: string;
  readonly went: () => string;
}

/**
 * Whether two looks have seen the same. What one has not looked at is as it was when the transaction began.
 *
 * @param began what was there then; without it, what only one has looked at is taken for changed
 */
export function isSamePrint(one: Print, other: Print, began?: Print): boolean {
  return [...new Set([...one.keys(), ...other.keys()])].every((catalog) => {
    const was = one.get(catalog) ?? began?.get(catalog);
    return was !== undefined && was === (other.get(catalog) ?? began?.get(catalog));
  });
}

/** What there is to look at, by the sessions that have asked. */
const asked = new WeakMap<Connection, readonly Catalog[]>();

/** Where a file has to do with what counts its writes, they may have gone uncounted. */
const uncounted = new WeakSet<Connection>();

const SETS_COUNTING = /(\bset(\s+(local|session))?\s+"?|\bset_config\s*\(\s*e?')track_counts/i;

/** To be told what a file sends to a session. */
export function noticeCounting(connection: Connection, sql: string): void {
  if (SETS_COUNTING.test(sql)) uncounted.add(connection);
}

/**
 * Begins to look, in a transaction; prepared once a session. Two states of one transaction that came from the same one are equal where the
 * look is, and a transaction has changed nothing where what came is what went; where they are not they may be equal all the same.
 */
export async function fingerprint(connection: Connection): Promise<Fingerprint> {
  const catalogs = asked.get(connection) ?? (await prepare(connection));
  const all = catalogs.map(({ name }) => name);
  const written = writtenSql(catalogs);
  const { rows } = await connection.send(
    `SELECT pg_catalog.txid_current() % (2 ^ 32)::bigint AS now, w.* FROM (${written}) w`,
  );
  const { now, written: before } = rows[0] ?? {};
  return {
    all,
    written,
    readWritten: ([row]) => {
      if (uncounted.has(connection) || before === null || !row?.written) return all;
      const [was, is] = [before, row.written].map((text) => JSON.parse(String(text)) as readonly number[]);
      return all.filter((_, index) => is?.[index] !== was?.[index]);
    },
    at: (some) => {
      const look = (when: When) => `EXECUTE ${prepareLook(connection, catalogs, some, when)} ('${now}')`;
      return { came: look('came'), went: () => look('went') };
    },
    read: (found) => withoutNumbers(readTexts(textsOf(connection.serverEncoding), found, ['changed'])),
  };
}

/** A file may have taken from the session what was prepared in it. */
export function forgetFingerprint(connection: Connection): void {
  asked.delete(connection);
  forgetPrepared(connection);
}

async function prepare(connection: Connection): Promise<readonly Catalog[]> {
  const catalogs = await readCatalogs(connection);
  await connection.send(PREPARE_TABLES);
  asked.set(connection, catalogs);
  return catalogs;
}

/** Most of what a look takes is to begin with each catalog: so there is one for those that files like this one write to. */
function prepareLook(
  connection: Connection,
  catalogs: readonly Catalog[],
  some: readonly string[],
  when: When,
): string {
  return prepareOnce(connection, `look ${when} ${some.join()}`, () => {
    const wanted = new Set(some);
    const looked = catalogs.filter(({ name }) => wanted.has(name));
    return `(pg_catalog.xid) AS ${lookSql(looked, when, textsOf(connection.serverEncoding))}`;
  });
}

/** Puts in the place of a number the name of the object that has it, where that is among what has changed. */
function withoutNumbers(rows: QueryResult['rows']): Print {
  const catalogs = rows.map(({ catalog, count, sum, changed }) => {
    const some = (changed === null ? [] : JSON.parse(String(changed))) as readonly ChangedRow[];
    // What has not changed, by how many rows and the sum of their numbers.
    const old = some.reduce((left, [, , , number]) => left - BigInt(number), BigInt(String(sum ?? 0)));
    return { catalog: String(catalog), rest: `${Number(count) - some.length} ${old}`, changed: some };
  });
  const names = new Map(
    catalogs.flatMap(({ catalog, changed }) =>
      changed.flatMap(([oid, name]) =>
        oid === null ? [] : [[String(oid), `<${catalog} ${name}>`] as const],
      ),
    ),
  );
  // A name may have a number in it, as that of a TOAST table does.
  const named = (text: string) =>
    text.replace(/\d{5,}/g, (number) => names.get(number)?.replace(/\d{5,}/g, '#') ?? number);
  return new Map(
    catalogs.map(({ catalog, rest, changed }) => [
      catalog,
      [rest, ...changed.map(([, , said]) => named(said)).sort()].join('\n'),
    ]),
  );
}

/** Its number and its name, where it has them, what it says, and by which number it is counted. */
type ChangedRow = readonly [oid: string | number | null, name: string | null, said: string, counted: number];
