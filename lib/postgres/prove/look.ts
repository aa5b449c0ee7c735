import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Difference } from '../../plan/differences.ts';
import { INVALID_STATEMENT_NAME } from '../explain/sqlstates.ts';
import type { Connection } from '../session/connection.ts';
import { textsOf } from '../snapshot/any-bytes.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { pinned } from '../snapshot/pinned.ts';
import { isPrepared } from '../snapshot/read-snapshot.ts';
import {
  type Capture,
  capture,
  dataDifferences,
  dataFrom,
  differencesOf,
  readDataSql,
  sumUp,
} from './capture.ts';
import { type Fingerprint, fingerprint, forgetFingerprint, type Side } from './fingerprint.ts';

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
  readonly print: string;
  readonly data: Capture['data'];
}

const UNSURE: Difference = { kind: 'catalog', name: '' };

/** What is equal there is equal; what is not may be all the same. */
export const quickLook: Look<QuickSeen> = async (connection, leaveOut) => {
  const print = await fingerprint(connection);
  return { see: () => seeQuickly(connection, print, 'came', leaveOut), compare: compareQuickly };
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
  const came = failed ? undefined : await seeQuickly(connection, print, 'came', leaveOut);
  await connection.send('ROLLBACK');
  if (!came) return failed ? 'failed' : 'unsure';
  await connection.send(begin);
  const went = await seeQuickly(connection, print, 'went', leaveOut);
  await connection.send('ROLLBACK');
  return went !== undefined && compareQuickly(came, went).length === 0 ? 'same' : 'unsure';
}

/** A quick look in a transaction that is undone afterwards: also at what was there before it. */
export const lookAtPair: Look<QuickSeen, { went(): Promise<QuickSeen | undefined> }> = async (
  connection,
  leaveOut,
) => {
  const print = await fingerprint(connection);
  return {
    see: () => seeQuickly(connection, print, 'came', leaveOut),
    compare: compareQuickly,
    went: () => seeQuickly(connection, print, 'went', leaveOut),
  };
};

async function seeQuickly(
  connection: Connection,
  print: Fingerprint,
  side: Side,
  leaveOut: readonly TableName[],
): Promise<QuickSeen | undefined> {
  const texts = textsOf(connection.serverEncoding);
  try {
    const [, , data, rows] = await pinned(connection, { inTransaction: true, mayTakeMs: Infinity }, [
      // A policy must not hide a row. The plan is the same whatever the numbers are, and takes longer to make than to run.
      'SET LOCAL row_security = off; SET LOCAL plan_cache_mode = force_generic_plan',
      sumUp(leaveOut, { byColumn: false, isPrepared: true }),
      readDataSql(texts),
      print.sql(side),
    ]);
    return { print: print.read(rows?.rows ?? []), data: dataFrom(data, texts) };
  } catch (error) {
    if (isPostgresError(error) && error.code === INVALID_STATEMENT_NAME) forgetFingerprint(connection);
    return nothingIfServerSays(error);
  }
}

function compareQuickly(one: QuickSeen, other: QuickSeen): Difference[] {
  return [...(one.print === other.print ? [] : [UNSURE]), ...dataDifferences(one.data, other.data)];
}
