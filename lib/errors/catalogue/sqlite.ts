import { entries } from './entry.ts';

/** What only a SQLite database meets. */
export const sqliteErrors = entries({
  'sqlite-missing': {
    means: 'The database is a SQLite file, and this Node has no SQLite, or one without what is used here.',
    remedy: 'Run with Node 24.16 or newer; `node --version` tells which one runs.',
    example: 'error: This Node has no SQLite: a SQLite database needs Node 24.16 or newer. [sqlite-missing]',
  },
  'sqlite-open': {
    means:
      'The SQLite database cannot be opened: it is not there, may not be read, or is another kind of file.',
    remedy:
      'Name the file of a SQLite database in a folder that exists, for example: `npx registry-jobs status --database-url sqlite:./index.db`.',
    example: 'error: notes.txt is not a SQLite database. [sqlite-open]',
  },
});
