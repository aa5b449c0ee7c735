import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Difference } from '../../plan/differences.ts';
import { INVALID_STATEMENT_NAME } from '../explain/sqlstates.ts';
import type { Connection } from '../session/connection.ts';
import { textsOf } from '../snapshot/any-bytes.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { pinned } from '../snapshot/pinned.ts';
import { isPrepared } from '../snapshot/read-snapshot.ts';
import { type Capture, capture, dataFrom, readDataSql, sumUp } from './capture.ts';
import { dataDifferences, differencesOf } from './compare-captures.ts';
import {
  type CatalogLook,
  type Fingerprint,
  fingerprint,
  forgetFingerprint,
  isSamePrint,
  type Print,
} from './fingerprint.ts';

/** Looks at what a run has left, and compares it with what it should have left. */
export type Look<Seen, More = unknown> = (
  connection: Connection,
  leaveOut: readonly TableName[],
) => Promise<
  {
    /** Nothing, where the file has taken from the session what is needed for a look. */
    see(): Promise<Seen | undefined>;
    compare(one: Seen, other: Seen): Difference[];
  } & More
>;

/** What a quick look has seen. */
export interface QuickSeen {
  readonly print: Print;
  readonly data: Capture['data'];
}

const UNSURE: Difference = { kind: 'catalog', name: '' };

/** What is equal there is equal; what is not may be all the same. The first look is at all catalogs, the next ones at those that were written to. */
export const quickLook: Look<QuickSeen> = async (connection, leaveOut) => {
  const print = await fingerprint(connection);
  let next: { readonly catalogs: ReadonlySet<string>; readonly look: CatalogLook } | undefined;
  return {
    see: async () => {
      const { came } = next?.look ?? print.at(print.all);
      const found = await seeQuickly(connection, leaveOut, [came, print.written]);
      if (!found) return undefined;
      const [rows, counted] = found.answers;
      const written = print.readWritten(counted ?? []);
      next ??= { catalogs: new Set(written), look: print.at(written) };
      const { catalogs } = next;
      const seen = [...print.read(rows ?? [])].filter(([catalog]) => catalogs.has(catalog));
      const unseen = written
        .filter((catalog) => !catalogs.has(catalog))
        .map((one) => [one, undefined] as const);
      return { print: new Map([...seen, ...unseen]), data: found.data };
    },
    compare: compareQuickly,
  };
};

/** Sees all there is; takes several times as long. */
export const fullLook: Look<Capture> = async (connection, leaveOut) => {
  // What it needs is prepared: from here on it leaves with what is sent before and after it.
  if (!isPrepared(connection)) await capture(connection, leaveOut);
  return {
    see: () => capture(connection, leaveOut, { mayLookAgain: false }).catch(nothingIfServerSays),
    compare: differencesOf,
  };
};

/** A look that the server refuses has seen nothing. */
function nothingIfServerSays(error: unknown): undefined {
  if (!isPostgresError(error)) throw error;
}

/**
 * Whether what a transaction does leaves everything as it was: what came to the catalogs in it is what went, and the data are the same.
 * Where they are not, it may have left it all the same.
 *
 * @param run what is done in it, which gives how it failed; it is rolled back in any case
 * @param begin begins a transaction
 */
export async function changesNothing(
  connection: Connection,
  begin: string,
  run: () => Promise<unknown>,
  leaveOut: readonly TableName[],
): Promise<'same' | 'failed' | 'unsure'> {
  await connection.send(begin);
  const print = await fingerprint(connection);
  const failed = await run();
  const came = failed ? undefined : await seeWritten(connection, print, leaveOut);
  await connection.send('ROLLBACK');
  if (!came) return failed ? 'failed' : 'unsure';
  await connection.send(begin);
  const went = await seeAt(connection, print, 'went', catalogsOf(came), leaveOut);
  await connection.send('ROLLBACK');
  return went !== undefined && compareQuickly(came, went).length === 0 ? 'same' : 'unsure';
}

/** A quick look in a transaction that is undone afterwards: also at what was there before it. The first look is at all catalogs. */
export const lookAtPair: Look<QuickSeen, { went(then: QuickSeen): Promise<QuickSeen | undefined> }> = async (
  connection,
  leaveOut,
) => {
  const print = await fingerprint(connection);
  let began: Print | undefined;
  return {
    see: async () => {
      const seen = began
        ? await seeWritten(connection, print, leaveOut)
        : await seeAt(connection, print, 'came', print.all, leaveOut);
      began ??= seen?.print;
      return seen;
    },
    compare: (one, other) => compareQuickly(one, other, began),
    went: (then) => seeAt(connection, print, 'went', catalogsOf(then), leaveOut),
  };
};

/** The catalogs that were looked at, in the order that the server names them in. */
const catalogsOf = ({ print }: QuickSeen) => [...print.keys()].sort();

/** Looks at the catalogs that the transaction has written to. */
async function seeWritten(
  connection: Connection,
  print: Fingerprint,
  leaveOut: readonly TableName[],
): Promise<QuickSeen | undefined> {
  const answer = await pinned(connection, { inTransaction: true }, [print.written]).catch(
    nothingIfServerSays,
  );
  return answer && seeAt(connection, print, 'came', print.readWritten(answer[0].rows), leaveOut);
}

/** Looks at some catalogs: at what came in the transaction; or, after it was rolled back, at what had gone. */
async function seeAt(
  connection: Connection,
  print: Fingerprint,
  side: keyof CatalogLook,
  catalogs: readonly string[],
  leaveOut: readonly TableName[],
): Promise<QuickSeen | undefined> {
  const look = print.at(catalogs);
  const found = await seeQuickly(connection, leaveOut, [side === 'came' ? look.came : look.went()]);
  return found && { print: print.read(found.answers[0] ?? []), data: found.data };
}

/** Sums up the data, and asks what else is asked: in one flight. */
async function seeQuickly(
  connection: Connection,
  leaveOut: readonly TableName[],
  queries: readonly string[],
) {
  const texts = textsOf(connection.serverEncoding);
  try {
    const [, , data, ...answers] = await pinned(connection, { inTransaction: true, mayTakeMs: Infinity }, [
      // A policy must not hide a row. The plan is the same whatever the numbers are, and takes longer to make than to run.
      'SET LOCAL row_security = off; SET LOCAL plan_cache_mode = force_generic_plan',
      sumUp(leaveOut, { byColumn: false, isPrepared: true }),
      readDataSql(texts),
      ...queries,
    ]);
    return { answers: answers.map(({ rows }) => rows), data: dataFrom(data, texts) };
  } catch (error) {
    if (isPostgresError(error) && error.code === INVALID_STATEMENT_NAME) forgetFingerprint(connection);
    return nothingIfServerSays(error);
  }
}

function compareQuickly(one: QuickSeen, other: QuickSeen, began?: Print): Difference[] {
  const isSame = isSamePrint(one.print, other.print, began);
  return [...(isSame ? [] : [UNSURE]), ...dataDifferences(one.data, other.data)];
}
