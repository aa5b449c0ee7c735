import type { LeftOut } from '../reports/import.ts';
import { linesOf, withoutByteOrderMark } from './lines.ts';
import { splitName, withOthers } from './others.ts';
import { type Mark, readSections } from './sections.ts';
import type { Found, ReadContext, Reading, SourceFile, Tool } from './tool.ts';

/** What differs between the tools that keep both directions in one file, apart by lines with a mark. */
export interface MarkedTool {
  readonly name: string;
  readonly markOf: (line: string) => Mark | undefined;
  /** The line by which a file is known. */
  readonly sign: RegExp;
  /** What the tool's ledger calls a file. */
  readonly idOf: (path: string) => string | undefined;
  readonly inOrder: (one: string, other: string) => number;
  /** What is said of SQL before the first mark. */
  readonly stray?: string;
}

/** Makes the two functions of a tool that keeps both directions in one file. */
export function markedTool(tool: MarkedTool): Pick<Tool, 'recognise' | 'read'> {
  return {
    recognise: (files) => recogniseLine(files, tool.sign),
    read: (files, context) => readMarked(tool, files, context),
  };
}

/** Finds the first line of the folder's own SQL files that only this tool writes. */
export function recogniseLine(files: readonly SourceFile[], sign: RegExp): string | undefined {
  for (const { path, text } of files.filter(isSqlAtTop)) {
    const line = linesOf(withoutByteOrderMark(text)).find(({ content }) => sign.test(content));
    if (line) return `line ${line.number} of ${path}: ${line.content.trim()}`;
  }
  return undefined;
}

/** None of these tools looks into folders below. */
export function isSqlAtTop({ path }: SourceFile): boolean {
  return /^[^/]+\.sql$/.test(path) && !path.startsWith('.');
}

/** A file that cannot be carried, because its name gives it no place in the order. */
export function withoutNumber(tool: string, path: string, id: string): LeftOut {
  return {
    file: path,
    line: 1,
    why: `its name does not begin with a number, and here a number says when a file is applied. Rename it, in the ledger of ${tool} too.`,
    migration: id,
  };
}

function readMarked(tool: MarkedTool, files: readonly SourceFile[], context: ReadContext): Reading {
  const found: Found[] = [];
  const leftOut: LeftOut[] = [];
  const candidates = files.filter(isSqlAtTop).toSorted((a, b) => tool.inOrder(a.path, b.path));
  for (const { path, text } of candidates) {
    const id = tool.idOf(path);
    const name = splitName(path);
    const { up, down, cannot, strayLine } = readSections(text, tool.markOf, context);
    if (id === undefined || !name) {
      if (up) leftOut.push(withoutNumber(tool.name, path, id ?? path));
      continue;
    }
    if (cannot) {
      leftOut.push({ file: path, ...cannot, migration: id });
    } else if (!up) {
      const why = `no line says where its way up begins, so ${tool.name} runs nothing of it.`;
      leftOut.push({ file: path, line: 1, why, migration: id });
    } else {
      if (strayLine !== undefined) {
        const why = `what stands before the first mark is nothing that ${tool.name} runs, so it is left out.`;
        leftOut.push({ file: path, line: strayLine, why });
      }
      found.push({ id, sources: [path], kind: 'numbered', ...name, up, ...(down && { down }) });
    }
  }
  return { ...withOthers(tool.name, files, { found, leftOut }, { idOf: tool.idOf }), notes: [] };
}

/** As the tools compare names that they do not read numbers from: by their bytes. */
export function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** By the number in front. */
export function byNumber(one: string, other: string): number {
  const [a, b] = [splitName(one), splitName(other)].map((name) => BigInt(name?.number ?? 0));
  return a === b || a === undefined || b === undefined ? byBytes(one, other) : a < b ? -1 : 1;
}
