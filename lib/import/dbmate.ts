import { byBytes, markedTool } from './marked.ts';
import { splitName } from './others.ts';
import type { Mark } from './sections.ts';
import type { Tool } from './tool.ts';

const MARK = /^--\s*migrate:(up|down)(?:\s*$|\s+(\S.*))/;

function markOf(line: string): Mark | undefined {
  const [, direction, options = ''] = MARK.exec(line) ?? [];
  if (direction === undefined) return undefined;
  return {
    kind: direction as 'up' | 'down',
    transaction: !options.split(/\s+/).includes('transaction:false'),
  };
}

/** dbmate: one file with `-- migrate:up` and `-- migrate:down`; its ledger has bare versions, in the order of names. */
export const dbmate: Tool = {
  name: 'dbmate',
  ...markedTool({
    name: 'dbmate',
    markOf,
    sign: MARK,
    idOf: (path) => splitName(path)?.number,
    inOrder: byBytes,
  }),
  ledger: {
    table: 'schema_migrations',
    columns: { version: /^(text|character varying)$/ },
    read: (rows) => ({
      applied: rows.map(({ version }) => ({ id: String(version) })),
      notes: [],
    }),
  },
  usesTransaction: true,
};
