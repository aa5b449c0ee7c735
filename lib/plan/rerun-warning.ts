import type { WarningReport } from '../errors/warning.ts';
import type { Migration } from '../migrations/migration.ts';
import { isSameObject, type ObjectChange } from '../migrations/script/statement.ts';

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
  const again = new Set(rerun);
  if (again.size === 0) return [];
  const effects = migrations.map(sumUp);
  const touchingAfter = lookUp(effects);
  return migrations.flatMap((migration, index) => {
    if (!again.has(migration.version)) return [];
    const undone = (effects[index] ?? []).flatMap((effect): Undone[] => {
      const touching = touchingAfter(index, effect);
      // What runs last decides.
      const last = touching.at(-1);
      const file = last && migrations[last.index];
      if (!file || again.has(file.version)) return [];
      return [{ effect, harm: harmOf(effect, last.effect), file: file.up.file, touching }];
    });
    if (undone.length === 0) return [];
    // Files that are run again in their turn take something back as well: until nothing is left that they could.
    const after = new Set(undone.flatMap(({ touching }) => touching.map((it) => it.index)));
    for (let at = index + 1; at < migrations.length; at++) {
      if (!after.has(at)) continue;
      for (const effect of effects[at] ?? []) for (const it of touchingAfter(at, effect)) after.add(it.index);
    }
    const files = migrations.filter((_, at) => after.has(at));
    const stuck = files.find(({ style }) => style !== 'plain');
    const runAfter = stuck ? [] : files.map(({ version }) => version);
    const groups = groupBy(undone, ({ harm, file }) => `${harm} ${file}`);
    const next = stuck
      ? `Write a new migration instead: ${stuck.up.file} is no plain file and cannot run again after it.`
      : `Run after it: registry-jobs up --rerun ${runAfter.join(' ')}`;
    const message = `${groups.map((group) => sentence(migration.up.file, group)).join(' ')} ${next}`;
    return [{ code: 'rerun-undoes', version: migration.version, message, runAfter }];
  });
}

/** What a file does to an object, and its place among the files. */
interface Touching {
  readonly index: number;
  readonly effect: ObjectChange;
}
interface Undone {
  readonly effect: ObjectChange;
  readonly harm: 'redefined' | 'dropped' | 'made';
  /** The last of those that touch the object. */
  readonly file: string;
  readonly touching: readonly Touching[];
}

/** What a whole file does to each object in the end: a CREATE after a DROP replaces. */
function sumUp({ up }: Migration): ObjectChange[] {
  const found = new Map<string, ObjectChange[]>();
  for (const { objects = [] } of up.statements) {
    for (const { object, change } of objects) {
      const others = found.get(keyOf(object)) ?? [];
      const before = others.find((it) => isSameObject(it.object, object));
      const replaces = change === 'creates' && before !== undefined && before.change !== 'creates';
      found.set(keyOf(object), [
        ...others.filter((it) => it !== before),
        { object, change: replaces ? 'replaces' : change },
      ]);
    }
  }
  return [...found.values()].flat();
}

/** Finds the later files that running an earlier one again would take something back of, in order. */
function lookUp(effects: readonly (readonly ObjectChange[])[]) {
  const byName = new Map<string, Touching[]>();
  for (const [index, changes] of effects.entries()) {
    for (const effect of changes) {
      const all = byName.get(keyOf(effect.object)) ?? [];
      all.push({ index, effect });
      byName.set(keyOf(effect.object), all);
    }
  }
  return (index: number, effect: ObjectChange): Touching[] =>
    (byName.get(keyOf(effect.object)) ?? []).filter((it) => it.index > index && isUndone(effect, it.effect));
}

/** The same for all functions of one name. */
function keyOf(object: string): string {
  return object.split('(', 1)[0] ?? '';
}

/** Whether running `older` after `newer` changes what `newer` left. */
function isUndone(older: ObjectChange, newer: ObjectChange): boolean {
  if (!isSameObject(older.object, newer.object)) return false;
  if (older.change === 'replaces') return true;
  return older.change === 'creates' ? newer.change === 'drops' : newer.change !== 'drops';
}

function harmOf(older: ObjectChange, last: ObjectChange): Undone['harm'] {
  if (older.change === 'drops') return 'made';
  return last.change === 'drops' ? 'dropped' : 'redefined';
}

function sentence(older: string, group: readonly Undone[]): string {
  const [first] = group;
  if (!first) return '';
  const objects = listOf(group.map(({ effect }) => effect.object));
  const one = group.length === 1;
  switch (first.harm) {
    case 'redefined':
      return `${older} defines ${objects}, which ${first.file} defines anew: running it late puts the older ${one ? 'one' : 'ones'} back.`;
    case 'dropped':
      return `${older} defines ${objects}, which ${first.file} drops: running it late brings ${one ? 'it' : 'them'} back.`;
    case 'made':
      return `${older} drops ${objects}, which ${first.file} defines: running it late takes ${one ? 'it' : 'them'} away.`;
  }
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return [...groups.values()];
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
