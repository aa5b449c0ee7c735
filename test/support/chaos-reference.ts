import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Script, type Statement, statementText } from '../../lib/migrations/script/statement.ts';
import type { ChaosDatabase } from './chaos-database.ts';
import type { Journey, Move } from './chaos-journey.ts';
import { type Content, readContent } from './chaos-state.ts';
import { PART_LOCK } from './chaos-statements.ts';

/** A move of a journey, with what the database holds on its way. */
export interface Step extends Move {
  readonly script: Script;
  /** After each number of its statements, from none to all; of a file in a transaction, only none and all. */
  readonly contents: readonly Content[];
  /** What is there after each COMMIT in the middle of a statement, by the statement's index. */
  readonly parts: ReadonlyMap<number, readonly Content[]>;
}

/** What is there on the way of a journey. Learned from a plain client. */
export interface Reference {
  readonly journey: Journey;
  readonly steps: readonly Step[];
  /** What is there at the end. */
  readonly last: Content;
}

const learned = new Map<string, Promise<Reference>>();

/** {@link learn}s it once from each server. */
export async function learnReference(database: ChaosDatabase, journey: Journey): Promise<Reference> {
  const key = [new URL(database.url).host, journey.name, journey.napMs].join('/');
  const known = learned.get(key) ?? learn(database, journey);
  learned.set(key, known);
  return known;
}

/**
 * Learns it from plain clients, without anything of ours: a file in a transaction is sent as a whole, of the others one statement after the
 * other, each file by a session of its own.
 */
async function learn(database: ChaosDatabase, journey: Journey): Promise<Reference> {
  await database.reset();
  for (const move of journey.before) await learnStep(database, journey, move);
  const steps: Step[] = [];
  for (const move of journey.moves) steps.push(await learnStep(database, journey, move));
  const last = await readContent(database.query);
  await database.reset();
  return { journey, steps, last };
}

export function scriptOfMove({ compiled }: Journey, { version, direction }: Move): Script {
  const migration = compiled.migrations.find((it) => it.version === version);
  const script = direction === 'down' ? migration?.down : migration?.up;
  if (!script) throw new Error(`${version} has no file to go ${direction}.`);
  return script;
}

async function learnStep(database: ChaosDatabase, journey: Journey, move: Move): Promise<Step> {
  const script = scriptOfMove(journey, move);
  const contents = [await readContent(database.query)];
  const parts = new Map<number, readonly Content[]>();
  const client = await database.connect();
  try {
    if (script.directives.transaction) {
      await client.query(`BEGIN; ${script.text}; COMMIT`);
      contents.push(await readContent(database.query));
    } else {
      for (const [index, statement] of script.statements.entries()) {
        const seen = await learnStatement(database, client, script, statement);
        if (seen.length > 0) parts.set(index, seen);
        contents.push(await readContent(database.query));
      }
    }
  } finally {
    await client.end();
  }
  return { ...move, script, contents, parts };
}

/** Sends it, and gives what is there after each of its own commits. */
async function learnStatement(
  { query }: ChaosDatabase,
  client: pg.Client,
  script: Script,
  statement: Statement,
): Promise<Content[]> {
  const text = statementText(script, statement);
  const seen: Content[] = [];
  if (statement.outside !== 'partial') {
    await client.query(text);
    return seen;
  }
  let isOver = false;
  for (let part = 1; part <= MOST_PARTS; part++)
    await query('SELECT pg_advisory_lock($1, $2)', [PART_LOCK, part]);
  const sent = client.query(text).finally(() => {
    isOver = true;
  });
  sent.catch(() => {});
  for (let part = 1; part <= MOST_PARTS; part++) {
    while (!isOver && !(await isAt(query, part))) await sleep(2);
    if (!isOver) seen.push(await readContent(query));
    await query('SELECT pg_advisory_unlock($1, $2)', [PART_LOCK, part]);
  }
  await sent;
  if (seen.length === 0) throw new Error(`Nothing was seen on the way of ${text}.`);
  return seen;
}

const MOST_PARTS = 3;

async function isAt(query: ChaosDatabase['query'], part: number): Promise<boolean> {
  const rows = await query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [PART_LOCK, part],
  );
  return rows.length > 0;
}

/** All versions in the ledger when so many of the moves are done, as the ledger orders them. */
export function ledgerAfter({ before, moves }: Journey, done: number): string[] {
  const versions = new Set<string>();
  for (const { version, direction } of [...before, ...moves.slice(0, done)]) {
    if (direction === 'up') versions.add(version);
    else versions.delete(version);
  }
  return [...versions].sort();
}
