import { isSameObject, type ObjectChange } from '../sql/objects.ts';
import type { Migration } from './migration.ts';
import type { WarningReport } from './report.ts';

/** What running a file again, late, takes back of later files. */
export interface RerunWarning extends WarningReport {
  readonly code: 'rerun-undoes';
  /** The file that is run again. */
  readonly version: string;
  /** What has to run after it, in order, so that all is as before; empty where a later file cannot be run again. */
  readonly runAfter: readonly string[];
}

/**
 * Says which later files define anew, or drop, what the files that are to be run again define: running those late puts
 * the older definition back. Looks at functions, views, tables, indexes, sequences, triggers, policies and rules, as the
 * text of the statements tells; not into DO blocks, and not at data, grants or comments. No warning does not mean no harm. Pure.
 *
 * @param migrations those that are applied, in the order in which they were
 * @param rerun the versions that are to be run again; of these, later ones run after earlier ones
 */
export function rerunWarnings(migrations: readonly Migration[], rerun: readonly string[]): RerunWarning[] {
  return migrations.flatMap((migration, index) => {
    if (!rerun.includes(migration.version)) return [];
    const later = migrations.slice(index + 1);
    const undone = effects(migration).flatMap((effect) => {
      const touching = later.filter((it) => effects(it).some((other) => isUndone(effect, other)));
      // What runs last decides.
      const last = touching.at(-1);
      return last && !rerun.includes(last.version) ? [{ effect, last, touching }] : [];
    });
    if (undone.length === 0) return [];
    const after = withWhatTheyUndo(
      undone.flatMap(({ touching }) => touching),
      migrations,
    );
    const stuck = after.find(({ style }) => style !== 'plain');
    const runAfter = stuck ? [] : after.map(({ version }) => version);
    const lines = groupBy(
      undone,
      ({ effect, last }) => `${effect.change} ${harmOf(effect, last)} ${last.version}`,
    );
    const next = stuck
      ? `Write a new migration instead: ${stuck.up.file} is no plain file and cannot run again after it.`
      : `Run after it: registry-jobs up --rerun ${runAfter.join(' ')}`;
    const message = `${lines.map((group) => sentence(migration, group)).join(' ')} ${next}`;
    return [{ code: 'rerun-undoes', version: migration.version, message, runAfter }];
  });
}

interface Undone {
  readonly effect: ObjectChange;
  readonly last: Migration;
}
type Harm = 'redefined' | 'dropped' | 'made';

/** What a whole file does to each object in the end: a CREATE after a DROP replaces. */
function effects({ up }: Migration): ObjectChange[] {
  const found = new Map<string, ObjectChange>();
  for (const { objects = [] } of up.statements) {
    for (const { object, change } of objects) {
      const before = [...found.values()].find((it) => isSameObject(it.object, object));
      if (before) found.delete(before.object);
      const replaces = change === 'creates' && before !== undefined && before.change !== 'creates';
      found.set(object, { object, change: replaces ? 'replaces' : change });
    }
  }
  return [...found.values()];
}

/** Whether running `older` after `newer` changes what `newer` left. */
function isUndone(older: ObjectChange, newer: ObjectChange): boolean {
  if (!isSameObject(older.object, newer.object)) return false;
  if (older.change === 'replaces') return true;
  return older.change === 'creates' ? newer.change === 'drops' : newer.change !== 'drops';
}

function harmOf(effect: ObjectChange, last: Migration): Harm {
  if (effect.change === 'drops') return 'made';
  const its = effects(last).find(({ object }) => isSameObject(object, effect.object));
  return its?.change === 'drops' ? 'dropped' : 'redefined';
}

function sentence({ up }: Migration, group: readonly Undone[]): string {
  const [first] = group;
  if (!first) return '';
  const objects = listOf(group.map(({ effect }) => effect.object));
  const one = group.length === 1;
  const { file } = first.last.up;
  switch (harmOf(first.effect, first.last)) {
    case 'redefined':
      return `${up.file} defines ${objects}, which ${file} defines anew: running it late puts the older ${one ? 'one' : 'ones'} back.`;
    case 'dropped':
      return `${up.file} defines ${objects}, which ${file} drops: running it late brings ${one ? 'it' : 'them'} back.`;
    case 'made':
      return `${up.file} drops ${objects}, which ${file} defines: running it late takes ${one ? 'it' : 'them'} away.`;
  }
}

/** Files that are run again in their turn take something back as well: until nothing is left that they could. */
function withWhatTheyUndo(first: readonly Migration[], all: readonly Migration[]): Migration[] {
  const chosen = new Set(first);
  for (const [index, migration] of all.entries()) {
    if (!chosen.has(migration)) continue;
    for (const later of all.slice(index + 1)) {
      if (effects(migration).some((one) => effects(later).some((other) => isUndone(one, other))))
        chosen.add(later);
    }
  }
  return all.filter((migration) => chosen.has(migration));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
