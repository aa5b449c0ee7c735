import { byNumber, markedTool, recogniseLine } from './marked.ts';
import { plainNumber, splitName } from './others.ts';
import type { Mark } from './sections.ts';
import type { Tool, ToolRow } from './tool.ts';

const MARK = /^--\s*\+goose\s+(.*?)\s*$/i;

function markOf(line: string): Mark | undefined {
  const said = MARK.exec(line)?.[1]?.toLowerCase();
  switch (said) {
    case undefined:
      return undefined;
    case 'up':
    case 'down':
      return { kind: said, transaction: true };
    case 'no transaction':
      return { kind: 'no-transaction' };
    case 'statementbegin':
      return { kind: 'begin' };
    case 'statementend':
      return { kind: 'end' };
    case 'envsub off':
    case 'envsubst off':
      return { kind: 'none' };
    case 'envsub on':
    case 'envsubst on':
      return {
        kind: 'cannot',
        why: 'goose puts variables of the environment into the SQL from here on (ENVSUB). Write their values down, and take this line out.',
      };
    default:
      return { kind: 'cannot', why: `goose's "${said}" has no counterpart here.` };
  }
}

/** What the newest row of each version says: older releases of goose keep a row for what was undone as well. */
function newestOf(rows: readonly ToolRow[]): Map<string, boolean> {
  const newest = new Map<string, boolean>();
  for (const { version_id, is_applied } of rows.toSorted((a, b) => Number(a.id) - Number(b.id)))
    newest.set(String(version_id), is_applied === 'true');
  // The row that it begins its table with.
  newest.delete('0');
  return newest;
}

const SIGN = /^--\s*\+goose\s+up\s*$/i;
const PROGRAM = /^\d+_\w+(?<!_test)\.go$/;

const { read } = markedTool({
  name: 'goose',
  markOf,
  sign: SIGN,
  idOf: (path) => {
    const name = /\.sql$/.test(path) || PROGRAM.test(path) ? splitName(path) : undefined;
    return name && plainNumber(name.number);
  },
  inOrder: byNumber,
});

/** goose: one file with `-- +goose Up` and `-- +goose Down`, or a program in Go. */
export const goose: Tool = {
  name: 'goose',
  recognise: (files) => {
    const program = files.find(({ path, text }) => PROGRAM.test(path) && text.includes('goose'));
    return recogniseLine(files, SIGN) ?? (program && `the file ${program.path}`);
  },
  read,
  ledger: {
    table: 'goose_db_version',
    columns: { version_id: /^bigint$/, is_applied: /^boolean$/ },
    read: (rows) => {
      const newest = [...newestOf(rows)];
      const undone = newest.filter(([, isApplied]) => !isApplied).map(([id]) => id);
      return {
        applied: newest.filter(([, isApplied]) => isApplied).map(([id]) => ({ id })),
        notes:
          undone.length > 0
            ? [`goose has undone these versions, so they are pending: ${undone.join(', ')}.`]
            : [],
      };
    },
  },
  usesTransaction: true,
};
