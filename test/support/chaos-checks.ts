import { isDeepStrictEqual } from 'node:util';
import { RegistryJobsError } from '../../lib/core/errors.ts';
import type { MigrationReport } from '../../lib/core/migrations/report.ts';
import { up } from '../../lib/core/migrations/up.ts';
import { isPostgresError } from '../../lib/core/postgres-error.ts';
import type { ChaosDatabase } from './chaos-database.ts';
import { type ChaosState, type Reference, readState } from './chaos-state.ts';
import { settingsFor } from './migrations.ts';

/** What a run said before it ended, one way or another. */
export type Claim =
  | { readonly kind: 'report'; readonly report: MigrationReport }
  | { readonly kind: 'thrown'; readonly error: unknown }
  /** It was killed: all that is left is what it had announced as applied. */
  | { readonly kind: 'killed'; readonly announced: readonly string[] };

/** Turns the end of a run into what it claims. */
export async function claimOf(run: Promise<MigrationReport>): Promise<Claim> {
  try {
    return { kind: 'report', report: await run };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

export const versionsOf = (state: ChaosState) => state.ledger.map(({ version }) => version);

/**
 * Ledger, journal and catalog agree: the ledger is a beginning of the history, and everything in the database is as
 * after exactly these migrations. So none is there half, twice, or without its row.
 */
export function checkAgreement(state: ChaosState, reference: Reference): void {
  const found = versionsOf(state);
  const expected = reference.versions.slice(0, found.length);
  if (!isDeepStrictEqual(found, expected)) throw new Error(`The ledger holds ${found.join(', ')}.`);
  for (const [index, row] of state.ledger.entries()) {
    const checksum = reference.compiled.migrations[index]?.up.checksum;
    if (row.ordered !== true || row.checksum !== checksum) {
      throw new Error(`The ledger's row is not complete: ${JSON.stringify(row)}.`);
    }
  }
  const content = reference.contents[found.length] ?? [];
  if (!isDeepStrictEqual(state.content, content)) {
    throw new Error(
      `The ledger ends with ${found.at(-1) ?? 'nothing'}, but the database does not:\n${difference(state.content, content)}`,
    );
  }
  if (state.journal) checkJournal(state, reference);
}

function checkJournal({ journal = [], ...state }: ChaosState, reference: Reference): void {
  const applied = journal.filter(({ status }) => status === 'applied');
  const versions = applied.map(({ version }) => version);
  if (!isDeepStrictEqual(versions, versionsOf(state))) {
    throw new Error(`The journal says that these were applied: ${versions.join(', ')}.`);
  }
  for (const row of journal) {
    const migration = reference.compiled.migrations.find(({ version }) => version === row.version);
    const isRight =
      ['running', 'applied', 'failed', 'interrupted'].includes(row.status) &&
      row.direction === 'up' &&
      row.checksum === migration?.up.checksum &&
      row.statements === migration.up.statements.length &&
      row.done <= row.statements &&
      (row.status === 'running' ? row.ordered === null : row.ordered === true) &&
      (row.status !== 'applied' || (row.done === row.statements && row.error === null)) &&
      (row.status !== 'failed' || row.error !== null);
    if (!isRight) throw new Error(`The journal's row is wrong: ${JSON.stringify(row)}.`);
  }
}

function difference(found: readonly string[], expected: readonly string[]): string {
  const [there, wanted] = [tally(found), tally(expected)];
  const lines = [...new Set([...found, ...expected])].flatMap((line) => {
    const [has, wants] = [there.get(line) ?? 0, wanted.get(line) ?? 0];
    return has === wants ? [] : [`  ${has} instead of ${wants}: ${line}`];
  });
  return lines.slice(0, 12).join('\n');
}

function tally(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/**
 * What a run that was alone said is what came to be.
 *
 * @param mayBeUnknown the server could not be asked, so the run may say that it does not know
 */
export function checkTruth(
  before: readonly string[],
  after: readonly string[],
  reference: Reference,
  claim: Claim,
  { mayBeUnknown = false } = {},
): void {
  const gone = before.filter((version) => !after.includes(version));
  if (gone.length > 0) throw new Error(`Lost: ${gone.join(', ')}.`);
  const came = after.filter((version) => !before.includes(version));
  const wrong = (said: string) => {
    throw new Error(`The run said: ${said}. What came to be: applied ${came.join(', ') || 'nothing'}.`);
  };
  if (claim.kind === 'killed') {
    // It may have been killed between a COMMIT and the word about it, but never the other way round.
    const { announced } = claim;
    const isTrue =
      isDeepStrictEqual(came.slice(0, announced.length), announced) && came.length <= announced.length + 1;
    if (!isTrue) wrong(`applied ${announced.join(', ')}, and was killed`);
    return;
  }
  if (claim.kind === 'thrown') {
    const { error } = claim;
    // What the server itself said is good enough; what a socket said is not.
    if (!(error instanceof RegistryJobsError) && !isPostgresError(error)) {
      throw new Error(`Not an error of ours: ${error}`, { cause: error });
    }
    if (came.length > 0) wrong(`nothing was tried (${error.code}: ${error.message})`);
    return;
  }
  const { report } = claim;
  const applied = report.applied.map(({ version }) => version);
  const failed = report.failed && [report.failed.version];
  const pending = reference.versions.filter((version) => !before.includes(version));
  const said = JSON.stringify({ applied, failed: report.failed?.error, notRun: report.notRun });
  if (!isDeepStrictEqual([...applied, ...(failed ?? []), ...report.notRun], pending)) wrong(said);
  if (report.alreadyApplied !== before.length) wrong(`${report.alreadyApplied} were applied before`);
  const status = failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do';
  if (report.status !== status) wrong(`${report.status}, with ${said}`);
  const isUnknown = report.failed?.error.code === 'outcome-unknown';
  if (isUnknown && !mayBeUnknown) wrong(`${said}; it could have asked the server`);
  const possible = isUnknown ? [applied, [...applied, ...(failed ?? [])]] : [applied];
  if (!possible.some((versions) => isDeepStrictEqual(versions, came))) wrong(said);
}

/** Another run applies the rest, once, and one more finds nothing to do. */
export async function checkFinish(database: ChaosDatabase, reference: Reference): Promise<void> {
  const before = versionsOf(await readState(database));
  const again = await claimOf(up(reference.compiled, settingsFor(database.url)));
  await database.settle();
  const state = await readState(database);
  checkAgreement(state, reference);
  checkTruth(before, versionsOf(state), reference, again);
  await checkFinished(database, reference);
}

/** Like {@link checkFinish}, while what a dead runner left behind may still be at work: only the run knows what it met. */
export async function checkHastyFinish(
  database: ChaosDatabase,
  reference: Reference,
  announced: readonly string[],
): Promise<void> {
  const claim = await claimOf(up(reference.compiled, settingsFor(database.url)));
  await database.settle();
  const state = await readState(database);
  checkAgreement(state, reference);
  const met = claim.kind === 'report' ? claim.report.alreadyApplied : 0;
  checkTruth(reference.versions.slice(0, met), versionsOf(state), reference, claim);
  if (met < announced.length) throw new Error(`Lost, or done twice: ${announced.slice(met).join(', ')}.`);
  await checkFinished(database, reference);
}

/** Everything is applied, and another run knows it. */
export async function checkFinished(database: ChaosDatabase, reference: Reference): Promise<void> {
  const last = await up(reference.compiled, settingsFor(database.url));
  if (last.status !== 'nothing-to-do') throw new Error(`The run after the last one said ${last.status}.`);
  await database.settle();
  const state = await readState(database);
  checkAgreement(state, reference);
  const left = reference.versions.length - state.ledger.length;
  if (left > 0) throw new Error(`${left} migrations were never applied.`);
  const running = state.journal?.filter(({ status }) => status === 'running') ?? [];
  if (running.length > 0) throw new Error(`The journal still calls running: ${JSON.stringify(running)}.`);
}

/** After an event that struck one run: the state and the claim are true, and the next run finishes. */
export async function checkAfter(
  database: ChaosDatabase,
  reference: Reference,
  claim: Claim,
  options: { mayBeUnknown?: boolean; before?: readonly string[] } = {},
): Promise<void> {
  await database.settle();
  const state = await readState(database);
  checkAgreement(state, reference);
  checkTruth(options.before ?? [], versionsOf(state), reference, claim, options);
  await checkFinish(database, reference);
}
