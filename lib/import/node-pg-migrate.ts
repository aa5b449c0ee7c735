import { byNumber, markedTool } from './marked.ts';
import { splitName } from './others.ts';
import type { Mark } from './sections.ts';
import type { Tool } from './tool.ts';

const MARK = /^\s*--[\s-]*(up|down)\s+migration/i;

function markOf(line: string): Mark | undefined {
  const direction = MARK.exec(line)?.[1]?.toLowerCase();
  return direction === undefined ? undefined : { kind: direction as 'up' | 'down', transaction: true };
}

/** node-pg-migrate, its SQL files: `-- Up Migration` and `-- Down Migration`; its ledger has the names without their ends. */
export const nodePgMigrate: Tool = {
  name: 'node-pg-migrate',
  ...markedTool({
    name: 'node-pg-migrate',
    markOf,
    sign: /^\s*--[\s-]*up\s+migration/i,
    idOf: (path) => (splitName(path) ? path.replace(/\.\w+$/, '') : undefined),
    inOrder: byNumber,
  }),
  ledger: {
    table: 'pgmigrations',
    columns: { name: /^character varying$/, run_on: /^timestamp/ },
    read: (rows) => ({ applied: rows.map(({ name }) => ({ id: String(name) })), notes: [] }),
  },
  usesTransaction: true,
};
