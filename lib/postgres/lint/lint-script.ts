import { locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { LintFinding } from '../../reports/lint.ts';
import { parseScript } from '../parser/parse.ts';
import { againHazards, droppedObjects } from './again.ts';
import { hazardsOf, madeTable, tableOf } from './hazards.ts';
import { type Hazard, lintRules } from './rule.ts';

/** What a file is, as far as the rules differ. */
export interface LintedFile {
  /** A way back, or a schema for an empty database: nobody uses it meanwhile, or what it takes away is meant. */
  readonly isForward: boolean;
  /** Written to be run again. */
  readonly isPlain: boolean;
}

/**
 * Parses a file and asks each of its statements what harm it does. A table that the file itself makes has no rows and no users yet.
 *
 * @param found is given each finding; also where the file is refused in the end
 * @throws RegistryJobsError as {@link parseScript}
 */
export function lintScript(
  file: string,
  text: string,
  { isForward, isPlain }: LintedFile,
  found: (finding: LintFinding) => void,
): Promise<Script> {
  const made = new Set<string>();
  const dropped = new Set<string>();
  const ignoredInFile = ignoredIn(header(text));
  return parseScript(file, text, (start, kind, node) => {
    const table = tableOf(node);
    const isNew = table !== undefined && made.has(table);
    const hazards: Hazard[] = [
      ...(isForward && !isNew ? hazardsOf(kind, node) : []),
      ...(isPlain ? againHazards(kind, node, dropped) : []),
    ];
    const own = madeTable(kind, node);
    if (own !== undefined) made.add(own);
    for (const object of droppedObjects(kind, node)) dropped.add(object);
    if (hazards.length === 0) return;
    const ignored = new Set([...ignoredInFile, ...ignoredIn(commentsBefore(text, start))]);
    for (const { rule, message, recipe: own } of hazards) {
      if (ignored.has(rule)) continue;
      const { instead, recipe } = lintRules[rule];
      found({
        level: 'warning',
        code: rule,
        message,
        hint: instead,
        recipe: own ?? recipe,
        location: locate(file, text, start),
      });
    }
  });
}

/** `-- lint-ignore: rule, rule (why)` */
function ignoredIn(comments: string): string[] {
  return [...comments.matchAll(/^[ \t]*--\s*lint-ignore\s*:\s*([^\n(]*)/gim)].flatMap(([, names = '']) =>
    names.split(/[\s,]+/).filter(Boolean),
  );
}

/** The comments at the top of a file, up to the first empty line: what they say is for all of it. */
function header(text: string): string {
  return /^(?:[ \t]*--[^\n]*\n)*(?=[ \t]*(?:\n|$))/.exec(text)?.[0] ?? '';
}

/** The lines of comment directly above a statement. */
function commentsBefore(text: string, start: number): string {
  const lines = text.slice(0, text.lastIndexOf('\n', start - 1) + 1).split('\n');
  lines.pop();
  const comments: string[] = [];
  for (let line = lines.pop(); line !== undefined && /^\s*--/.test(line); line = lines.pop())
    comments.unshift(line);
  return comments.join('\n');
}
