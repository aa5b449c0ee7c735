import { byNumber, markedTool } from './marked.ts';
import type { Mark } from './sections.ts';
import type { Tool } from './tool.ts';

const MARK = /^-- \+migrate\s+(\S+)\s*(.*?)\s*$/;

function markOf(line: string): Mark | undefined {
  const [, command, options = ''] = MARK.exec(line) ?? [];
  const transaction = !options.split(/\s+/).includes('notransaction');
  switch (command) {
    case 'Up':
      return { kind: 'up', transaction };
    case 'Down':
      return { kind: 'down', transaction };
    case 'StatementBegin':
      return { kind: 'begin' };
    case 'StatementEnd':
      return { kind: 'end' };
    default:
      // It passes over every other line that begins like this.
      return line.startsWith('-- +') ? { kind: 'none' } : undefined;
  }
}

/** sql-migrate: one file with `-- +migrate Up` and `-- +migrate Down`; its ledger has the names of the files. */
export const sqlMigrate: Tool = {
  name: 'sql-migrate',
  ...markedTool({
    name: 'sql-migrate',
    markOf,
    sign: /^-- \+migrate\s+Up\b/,
    idOf: (path) => path,
    inOrder: byNumber,
  }),
  ledger: {
    table: 'gorp_migrations',
    columns: { id: /^(text|character varying)$/, applied_at: /^timestamp/ },
    read: (rows) => ({ applied: rows.map(({ id }) => ({ id: String(id) })), notes: [] }),
  },
  usesTransaction: true,
};
