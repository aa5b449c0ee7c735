import type { DatabaseSync } from 'node:sqlite';
import type { Patience, Session, Survey, SurveyOptions } from '../../engine/dialect.ts';
import { pause } from '../../engine/pause.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { WarningReport } from '../../errors/warning.ts';
import type { Known, KnownBundles } from '../../plan/known.ts';
import { utcTimes } from '../../text/times.ts';
import type { Apart } from '../apart/apart.ts';
import type { RunContext } from '../attempt/context.ts';
import { overtaken } from '../attempt/overtaken.ts';
import { settle } from '../attempt/settle.ts';
import { isRecorded, readBundles, recordBundle } from '../ledger/bundles.ts';
import { changeLedger } from '../ledger/change.ts';
import { findFaults } from '../ledger/faults.ts';
import { readForeignRows, readOtherTables } from '../ledger/foreign.ts';
import {
  closeInterrupted,
  ensureJournal,
  readAttempt,
  readHistory,
  readRun,
  readUnsettled,
} from '../ledger/journal.ts';
import { type Ledger, readLedger } from '../ledger/read.ts';
import { ownTables } from '../ledger/tables.ts';
import { ensureLedger } from '../ledger/write.ts';
import { rehearse } from '../rehearse.ts';
import { describeDatabase } from './describe.ts';
import { busy, isBusy, isReadOnly } from './errors.ts';
import type { Files } from './files.ts';

/**
 * A session with a file. There is no lock of a whole run: each file is a transaction of its own that has the database to itself, and looks
 * into the ledger once more before it does anything. To have the lock is to have found nobody writing.
 */
export function createSession(files: Files, context: RunContext, apart?: Apart): Session {
  const { ledger: name, settings } = context;
  let ledger: Ledger | undefined;
  let versions: readonly string[] = [];
  let bundles: KnownBundles = { ranBefore: false };
  const found = (): Ledger => {
    if (!ledger) throw new Error('A session is asked to write before it has looked.');
    return ledger;
  };
  const survey = async (options: SurveyOptions = {}): Promise<Survey> => {
    versions = options.versions ?? options.bundle?.files.map(([version]) => version) ?? versions;
    const database = await files.reader();
    ledger = readLedger(database, name, versions);
    if (ledger.foreign !== undefined && !options.mayBeForeign) throw notOurs(name.table, ledger.foreign);
    bundles = options.bundle ? readBundles(database, name, options.bundle, ledger) : { ranBefore: false };
    const known = { ...knownOf(database, context, ledger), bundles };
    return { database: describeDatabase(database, settings), known, at: new Date().toISOString() };
  };
  /** In a transaction that has the database to itself, if the ledger is still as it was found. */
  const writing = (work: (database: DatabaseSync, ledger: Ledger) => void) =>
    files.write((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const now = readLedger(database, name, versions);
        if (now.print !== found().print) throw overtaken(settings.shownAs);
        work(database, now);
        ledger = readLedger(database, name, versions);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  return {
    survey,
    surveyTryingLock: async (options) => {
      const isFree = await files.isFree();
      return { ...(await survey(options)), isLocked: isFree };
    },
    waitForLock: async (patience, options) => {
      await waitUntilFree(files, context, patience);
      files.forget();
      return survey(options);
    },
    rehearse: async (tasks) => rehearse(await files.reader(), tasks, name),
    prepare: async (plan, bundle) => {
      const hasRunning = readUnsettled(await files.reader(), name).some(({ status }) => status === 'running');
      const isNew = !plan.older && !isRecorded(bundles, bundle, context.runner);
      if (plan.tasks.length > 0 || hasRunning)
        await writing((database, now) => {
          ensureLedger(database, name, now);
          ensureJournal(database, name);
          closeInterrupted(database, name);
          if (isNew) recordBundle(database, name, bundle, context.runner);
        });
      // Where nothing else is to be written, a file that may only be read is none that keeps anything from running.
      else if (isNew)
        return recordAlone(() => writing((it) => recordBundle(it, name, bundle, context.runner)));
      return [];
    },
    attempt: (task, start, limits) => {
      files.forget();
      const options = {
        ...limits,
        ...{ context, start, versions, ledger: found() },
        onLedger: (after: Ledger) => {
          ledger = after;
        },
      };
      return settle(task, options, apart?.attempt);
    },
    // The engine does not leave a file to a server where there is none.
    whyAttached: () => NO_SERVER,
    detach: async () => {
      throw new Error('A file is to run on in a server, and there is none.');
    },
    cancel: async () => {},
    explainRow: (_, row) => ({
      outcome: 'failed',
      state: row.transaction ? 'rolled-back' : 'half-done',
      retry: false,
      error: new RegistryJobsError('statement-failed', row.error ?? 'It failed.'),
    }),
    journalRow: async (id) => readAttempt(await files.reader(), name, id),
    write: (change) =>
      writing((database, now) => {
        changeLedger(database, name, change, now, context.runner);
        if (!isRecorded(bundles, change.bundle, context.runner))
          recordBundle(database, name, change.bundle, context.runner);
      }),
    foreignRows: async () => readForeignRows(await files.reader(), name),
    otherTables: async (table, columns) => readOtherTables(await files.reader(), table, columns),
    history: async (most) => readHistory(await files.reader(), name, most).attempts.map(inUtc),
    historyPage: async (most, before) => {
      const page = readHistory(await files.reader(), name, most, before);
      return { ...page, attempts: page.attempts.map(inUtc) };
    },
    runRows: async (runId) => readRun(await files.reader(), name, runId).map(inUtc),
    // A file tells nothing of who is at work on it.
    atWork: async () => undefined,
    faults: async () => findFaults(await files.reader(), settings.shownAs),
  };
}

const NO_SERVER = { reason: 'the database is a file, which has no server', remedy: 'Wait for it.' };

/** Which files were run last decides about an older deploy only. */
async function recordAlone(record: () => Promise<void>): Promise<WarningReport[]> {
  try {
    await record();
    return [];
  } catch (error) {
    if (!isReadOnly(error) && !isBusy(error)) throw error;
    const why = isBusy(error) ? 'another process is at work on the file' : 'this user may not write it';
    const message = `Which files were run last could not be recorded: ${why}. An older deploy will not be recognised.`;
    return [{ code: 'bundle-not-recorded', message }];
  }
}

const POLL_MS = 100;

/** @throws RegistryJobsError `database-busy`, `stopped` */
async function waitUntilFree(
  files: Files,
  { settings }: RunContext,
  { until, onWait, signal }: Patience,
): Promise<void> {
  onWait?.([]);
  while (!(await files.isFree())) {
    if (Date.now() >= until) throw busy(settings.shownAs, settings.file, undefined);
    await pause(POLL_MS, signal);
    throwIfStopped(signal, ' while it waited for another process', { hint: 'Nothing was run.' });
  }
}

function inUtc<Row extends { readonly startedAt: string; readonly finishedAt?: string }>(row: Row): Row {
  return { ...row, ...utcTimes(row) };
}

function knownOf(database: DatabaseSync, { ledger: name }: RunContext, ledger: Ledger): Known {
  const own = ownTables(name);
  const others = database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all()
    .filter((row) => !own.includes(String(row.name)));
  return {
    ledger: ledger.rows,
    ...(ledger.foreign !== undefined && { foreign: ledger.foreign }),
    unsettled: readUnsettled(database, name),
    isEmpty: others.length === 0,
    flyway: [],
  };
}

function notOurs(table: string, foreign: string): RegistryJobsError {
  return new RegistryJobsError('foreign-ledger', `${table} is not our ledger: ${foreign}.`, {
    hint: 'Nothing was changed. If it is no ledger, name another table with --ledger. If another migration tool made it, see what adopting it would do: registry-jobs adopt',
  });
}
