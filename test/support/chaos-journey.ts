import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import type { Command } from './chaos-command.ts';
import { chaosMigrations } from './chaos-migrations.ts';
import { pairFiles, statementFiles } from './chaos-statements.ts';
import { compile } from './migrations.ts';

/** What is done to one version. */
export interface Move {
  readonly version: string;
  readonly direction: 'up' | 'down';
}

/** A run that is struck: where it begins, and what it does. */
export interface Journey {
  readonly name: JourneyName;
  /** How long what is slow takes. */
  readonly napMs: number;
  readonly compiled: CompiledMigrations;
  /** What is done before by a run that nobody strikes. */
  readonly before: readonly Move[];
  readonly moves: readonly Move[];
  /** How to do what is left of it after some of its moves; nothing of it half done. */
  command(done: number): Command;
}

/**
 * - `transactions`: `up` of a dozen files in transactions and two repeatable ones
 * - `statements`: `up` of files without a transaction, among some that have one
 * - `down`: the way back of pairs of both kinds
 * - `redo in transactions`, `redo by statements`: back and forth again, of a pair of either kind
 */
export const JOURNEYS = [
  'transactions',
  'statements',
  'down',
  'redo in transactions',
  'redo by statements',
] as const;

export type JourneyName = (typeof JOURNEYS)[number];

/** @param napMs how long what is slow takes */
export async function planJourney(name: JourneyName, napMs: number): Promise<Journey> {
  const compiled = await compileFor(name, napMs);
  const ups = compiled.migrations.map(({ version }): Move => ({ version, direction: 'up' }));
  if (name === 'transactions' || name === 'statements') {
    return { name, napMs, compiled, before: [], moves: ups, command: () => ({ verb: 'up' }) };
  }
  const back = compiled.migrations
    .filter((migration) => migration.down)
    .map(({ version }): Move => ({ version, direction: 'down' }))
    .reverse();
  if (name === 'down') {
    const command = (done: number): Command => ({ verb: 'down', steps: back.length - done });
    return { name, napMs, compiled, before: ups, moves: back, command };
  }
  const moves = back.slice(0, 1).flatMap(({ version }): Move[] => [
    { version, direction: 'down' },
    { version, direction: 'up' },
  ]);
  return {
    name,
    napMs,
    compiled,
    before: ups,
    moves,
    command: (done) => ({ verb: done === 0 ? 'redo' : 'up' }),
  };
}

function compileFor(name: JourneyName, napMs: number): Promise<CompiledMigrations> {
  if (name === 'transactions') return chaosMigrations(napMs);
  if (name === 'statements') return compile(statementFiles(napMs));
  const files = Object.entries(pairFiles(napMs));
  // The newest pair is the one that is done again.
  const without = name === 'redo by statements' ? /^006/ : /^$/;
  return compile(Object.fromEntries(files.filter(([file]) => !without.test(file))));
}
