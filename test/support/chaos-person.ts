import { isDeepStrictEqual } from 'node:util';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import { checkAgreement, type HalfDone, type Position, START, tallied } from './chaos-agreement.ts';
import { type Claim, checkTruth, claimOf, type Told } from './chaos-checks.ts';
import { type Command, perform } from './chaos-command.ts';
import type { ChaosDatabase } from './chaos-database.ts';
import type { Reference } from './chaos-reference.ts';
import type { Draw } from './chaos-seed.ts';
import { type Content, readState } from './chaos-state.ts';
import { settingsFor } from './migrations.ts';

/** A database on its way, and what is drawn for whoever looks after it. */
export interface Attended {
  readonly database: ChaosDatabase;
  readonly reference: Reference;
  readonly draw: Draw;
}

/** Empties the database and does what comes before the journey. */
export async function begin({ database, reference: { journey } }: Omit<Attended, 'draw'>): Promise<void> {
  await database.reset();
  if (journey.before.length === 0) return;
  const report = await perform({ verb: 'up' }, journey.compiled, settingsFor(database.url));
  if (report.failed) throw new Error(`The journey could not begin: ${JSON.stringify(report.failed)}`);
  await database.settle();
}

/** Looks at everything when no runner is at work any more. */
export async function look({ database, reference }: Omit<Attended, 'draw'>): Promise<Position> {
  await database.settle();
  return checkAgreement(await readState(database), reference);
}

/** After an event that struck one run: the state and the claim are true, and a person can finish. */
export async function checkAfter(
  attended: Attended,
  told: Told,
  { before = START, again }: { readonly before?: Position; readonly again?: Runner } = {},
): Promise<void> {
  const after = await look(attended);
  checkTruth(attended.reference, before, after, told);
  await finish(attended, after, again);
}

/** Starts a command; one that is struck as well says what may come of it. */
export type Runner = (
  command: Command,
) => Promise<{ readonly claim: Claim; readonly mayBeUnknown?: boolean } | undefined>;

const MOST_TURNS = 12;

/**
 * What a person does after a blow: goes on, looks where something is uncertain, and in the end everything is as if nothing had happened.
 *
 * @param again how the next command is run, where it is struck too
 */
export async function finish(attended: Attended, found: Position, again?: Runner): Promise<void> {
  const { database, reference } = attended;
  const { journey } = reference;
  const settings = settingsFor(database.url);
  const run = async (command: Command) => ({
    claim: await claimOf(perform(command, journey.compiled, settings)),
  });
  let position = found;
  for (let turn = 1; position.half || position.done < journey.moves.length; turn++) {
    if (turn > MOST_TURNS) throw new Error(`It did not come to its end: ${JSON.stringify(position)}.`);
    const command = position.half
      ? await goOn(attended, position, position.half)
      : journey.command(position.done);
    const struck = turn === 1 ? await again?.(command) : undefined;
    const told = struck ?? (await run(command));
    const next = await look(attended);
    checkTruth(reference, position, next, { command, ...told });
    if (!struck && told.claim.kind === 'report' && told.claim.report.failed) {
      throw new Error(`${command.verb} failed: ${JSON.stringify(told.claim.report.failed)}`);
    }
    if (!struck && told.claim.kind === 'thrown')
      throw new Error(`${command.verb} failed: ${told.claim.error}`);
    position = next;
  }
  await checkFinished(attended);
}

/** Everything is done, and another run knows it. */
export async function checkFinished({ database, reference }: Omit<Attended, 'draw'>): Promise<void> {
  const { journey } = reference;
  const verb = journey.before.length === 0 ? 'up' : 'resume';
  const last = await perform({ verb }, journey.compiled, settingsFor(database.url));
  if (last.status !== 'nothing-to-do') throw new Error(`The run after the last one said ${last.status}.`);
  await database.settle();
  const state = await readState(database);
  const { done, half } = checkAgreement(state, reference);
  if (half || done < journey.moves.length)
    throw new Error(`Only ${done} of ${journey.moves.length} are done.`);
  const running = state.journal?.filter(({ status }) => status === 'running') ?? [];
  if (running.length > 0) throw new Error(`The journal still calls running: ${JSON.stringify(running)}.`);
}

/** First tries what has to be refused, then does as the refusal says. */
async function goOn(attended: Attended, position: Position, half: HalfDone): Promise<Command> {
  const { database, reference, draw } = attended;
  const { journey } = reference;
  const settings = settingsFor(database.url);
  const refused = async (command: Command, code: string) => {
    const claim = await claimOf(perform(command, journey.compiled, settings));
    const after = await look(attended);
    checkTruth(reference, position, after, { command, claim });
    const error = claim.kind === 'thrown' ? claim.error : undefined;
    if (!(error instanceof RegistryJobsError) || error.code !== code)
      throw new Error(`${command.verb} was not refused as ${code}: ${error ?? JSON.stringify(claim)}`);
  };
  await refused(journey.command(position.done), 'half-done');
  const { version } = half.step;
  const named = draw.fraction() < 0.5 ? { version } : {};
  if (!half.uncertain) return { verb: 'resume', ...named };
  await refused({ verb: 'resume', ...named }, 'cannot-resume');
  const { content } = await readState(database);
  const [none = [], all = []] = half.step.contents.slice(half.done);
  const isDone = isDeepStrictEqual(content, all);
  const isPart = !isDone && !isDeepStrictEqual(content, none);
  // What is there in part is undone, or finished, by hand.
  const toEnd = isDone || (isPart && draw.fraction() < 0.5);
  if (isPart) await byHand(database, content, toEnd ? all : none);
  return { verb: 'resume', ...named, from: half.done + (toEnd ? 2 : 1) };
}

/** Takes rows away and puts rows in, until the content is as wanted. */
async function byHand({ query }: ChaosDatabase, found: Content, wanted: Content): Promise<void> {
  for (const { line, has, wants } of tallied(found, wanted)) {
    const [, table = '', row = ''] = /^row (\S+) (.*)$/.exec(line) ?? [];
    if (table === '') throw new Error(`Nobody mends this by hand: ${line}`);
    for (let more = has; more < wants; more++)
      await query(`INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, $1)`, [row]);
    for (let less = has; less > wants; less--)
      await query(
        `DELETE FROM ${table} WHERE ctid = (SELECT min(ctid) FROM ${table} t WHERE to_json(t)::text = $1)`,
        [row],
      );
  }
}
