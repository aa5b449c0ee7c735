import type { Dialect } from '../engine/dialect.ts';
import type { SessionOptions } from '../engine/session-options.ts';
import { UsageError } from '../errors/error.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import type { RunContext } from './attempt/context.ts';
import { explainDatabase } from './session/errors.ts';
import { createFiles } from './session/files.ts';
import { createSession } from './session/session.ts';

const NOBODY = { runId: '', who: 'unknown', toolVersion: 'unknown', isDeploy: false };

/** The SQLite of Node. */
export const sqlite: Dialect = {
  name: 'sqlite',
  canDetach: false,
  withSession: async (settings, options, use) => {
    const context = createContext(settings, options);
    const files = createFiles(context.settings);
    const apart = options.ownProcess ? (await import('./apart/apart.ts')).createApart() : undefined;
    try {
      return await use(createSession(files, context, apart));
    } catch (error) {
      throw explainDatabase(error, context.settings.shownAs, context.settings.file);
    } finally {
      apart?.close();
      files.close();
    }
  },
};

function createContext({ database, ...settings }: Settings, options: SessionOptions): RunContext {
  if (database.kind !== 'sqlite') throw new Error('The dialect of SQLite is asked for another database.');
  const { ledger = settings.ledger, onEvent = () => {}, runner = NOBODY, signal } = options;
  return { settings: database, ledger: ofFile(ledger), runner, onEvent, signal };
}

/** A caller in code names a ledger as for any database. @throws UsageError `invalid-settings` */
function ofFile({ schema, table }: LedgerName): LedgerName {
  if (schema === 'main' || schema === 'public') return { schema: 'main', table };
  throw new UsageError('invalid-settings', `A SQLite database has no schema ${schema} for a ledger.`, {
    hint: 'Name the table alone: registry-jobs status --ledger schema_migrations',
  });
}
