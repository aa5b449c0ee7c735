import type { Dialect, Session, SurveyOptions } from '../engine/dialect.ts';
import { RESERVE_MS } from '../engine/retry.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { utcTimes } from '../text/times.ts';
import { readOwnRow } from './attempt/ask-database.ts';
import { createContext, type LostSession, type RunContext, type TaskContext } from './attempt/context.ts';
import { settle, settleAhead } from './attempt/settle.ts';
import { findFaults } from './catalog/faults.ts';
import { cancelBackend } from './detach/cancel.ts';
import { detach } from './detach/detach.ts';
import { explainRow } from './detach/explain-row.ts';
import { whyAttached } from './detach/why-attached.ts';
import { readForeignRows } from './ledger/foreign-rows.ts';
import { parseJournalRow, runRowsSql } from './ledger/journal.ts';
import { assertOurs } from './ledger/ledger.ts';
import { surveyTryingLock, waitForLock } from './ledger/lock.ts';
import { readOtherTables } from './ledger/other-tables.ts';
import { prepareTables } from './ledger/prepare.ts';
import { readAtWork } from './ledger/read-at-work.ts';
import { readHistory } from './ledger/read-history.ts';
import { type FoundDatabase, knownOf, survey } from './ledger/survey.ts';
import { explainUnreadable, noRowsIfMissing } from './ledger/unreadable.ts';
import { writeLedger } from './ledger/write.ts';
import { type Connection, withConnection } from './session/connection.ts';
import { laterSettings, quickly, until } from './session/session-options.ts';

/** Postgres 13 and newer. */
export const postgres: Dialect = {
  name: 'postgres',
  canDetach: true,
  withSession: (asked, options, use) => {
    const settings = postgresOnly(asked, 'This is the dialect of Postgres');
    const purpose = `registry-jobs ${options.purpose}`;
    const { deadline, giveUpAt, answerMs, signal } = options;
    const bounds =
      deadline !== undefined
        ? until(purpose, deadline, RESERVE_MS, answerMs)
        : giveUpAt !== undefined
          ? { purpose, giveUpAt, answerMs }
          : quickly(purpose);
    return withConnection(settings.database, { ...bounds, signal }, (connection) =>
      use(createSession(connection, createContext(settings, options))),
    );
  },
};

function createSession(connection: Connection, context: RunContext): Session {
  const { ledger } = context;
  const { database } = context.settings;
  let last: FoundDatabase | undefined;
  const lost: LostSession = {};
  const keep = (found: FoundDatabase, { mayBeForeign = false }: SurveyOptions) => {
    if (!mayBeForeign) assertOurs(ledger, found.ledger);
    last = found;
    return { database: found.database, known: knownOf(found), at: found.at };
  };
  const found = (): FoundDatabase => {
    if (!last) throw new Error('A session is asked to write before it has looked.');
    return last;
  };
  const taskContext = (): TaskContext => ({
    ...context,
    zoned: found().ledger.zoned,
    later: laterSettings(connection.serverVersion),
    lost,
  });
  return {
    survey: async (options = {}) => keep(await survey(connection, database, ledger, options), options),
    surveyTryingLock: async (options = {}) => {
      const answer = await surveyTryingLock(connection, database, ledger, options);
      return { ...keep(answer.found, options), isLocked: answer.isLocked };
    },
    waitForLock: async (patience, options = {}) =>
      keep(await waitForLock(connection, database, ledger, patience, options), options),
    rehearse: async () => [],
    prepare: (plan, bundle) => prepareTables(connection, plan, found(), bundle, context),
    attempt: (task, start, limits) => settle(connection, task, { context: taskContext(), start, ...limits }),
    attemptAhead: (task, start, limits, follows) => {
      const own = { ...taskContext(), onEvent: follows.onEvent };
      return settleAhead(connection, task, { context: own, start, ...limits, follows });
    },
    whyAttached,
    detach: (task, start, limits, patience) =>
      detach(connection, task, { context: taskContext(), start, ...limits }, patience),
    explainRow: (task, row) => explainRow(task, row, context),
    journalRow: (id) => readOwnRow(connection, ledger, id),
    write: (change) => writeLedger(connection, change, found(), context),
    foreignRows: () => readForeignRows(connection, database, ledger),
    otherTables: (table, columns) => readOtherTables(connection, database, ledger, table, columns),
    history: async (most) => (await readHistory(connection, context, most)).attempts,
    historyPage: (most, before) => readHistory(connection, context, most, before),
    runRows: async (runId) => {
      const { rows } = await connection
        .send(runRowsSql(ledger), { values: [runId] })
        .catch(noRowsIfMissing)
        .catch(explainUnreadable(connection, database, ledger));
      return rows.map(parseJournalRow).map((row) => ({ ...row, ...utcTimes(row) }));
    },
    atWork: () => readAtWork(connection, context),
    cancel: (pid, start) => cancelBackend(connection, database, pid, start),
    faults: () => findFaults(connection),
  };
}
