import { throwIfStopped } from '../errors/stopped.ts';
import type { Migration } from '../migrations/migration.ts';
import { bundleOf } from '../plan/bundle.ts';
import { PlanError } from '../plan/error.ts';
import type { Known } from '../plan/known.ts';
import type { LedgerChange, LedgerPlan } from '../plan/ledger.ts';
import type { LedgerReport } from '../reports/ledger.ts';
import type { Settings } from '../settings/settings.ts';
import type { Dialect, Patience, Session, Survey, SurveyOptions } from './dialect.ts';
import { createRunner, type RunOptions } from './run-options.ts';

/** What every command that writes the ledger alone can be told. `apply: false` only says what would be written. */
export type LedgerOptions = RunOptions & { readonly apply: boolean };

/** To write it, once the lock is there. */
const ANSWER_MS = 60_000;

/**
 * The frame of the commands that write the ledger without running a file: `force`, `baseline`, `renumber`, `adopt`. First they
 * show what they would write; then, with `apply`, they write it under the lock, with a row each in the journal.
 *
 * @param decide called under the lock, so that what is written is still what the database calls for
 * @throws RegistryJobsError when nothing was written
 */
export async function changeLedger(
  dialect: Dialect,
  command: LedgerReport['command'],
  settings: Settings,
  options: LedgerOptions,
  migrations: readonly Migration[],
  decide: (known: Known, session: Session) => LedgerPlan | Promise<LedgerPlan>,
): Promise<LedgerReport> {
  const until = Date.now() + (options.waitForLockMs ?? 60_000);
  const bundle = bundleOf(migrations);
  const bound = {
    purpose: command,
    ledger: options.ledger,
    giveUpAt: until + ANSWER_MS,
    signal: options.signal,
    answerMs: options.answerMs,
    runner: createRunner(options),
  };
  return dialect.withSession(settings, bound, async (session) => {
    const asked = { bundle, mayBeForeign: command === 'adopt' };
    const { database, known } = await (options.apply
      ? lockAndSurvey(session, { until, signal: options.signal }, asked)
      : session.survey(asked));
    const { problems, changes, notes, keepAs } = await decide(known, session);
    if (problems.length > 0) throw new PlanError(problems);
    const report = {
      command,
      environment: settings.environment,
      database,
      changes,
      ...(notes && { notes }),
    } as const;
    if (changes.length === 0 && keepAs === undefined) return { ...report, status: 'nothing-to-do' };
    if (!options.apply) return { ...report, status: 'planned' };
    throwIfStopped(options.signal, ' before anything was written');
    const withChecksums = changes.map((change) => ({ ...change, checksum: checksumOf(change, migrations) }));
    await session.write({ command, changes: withChecksums, keepAs, bundle });
    return { ...report, status: 'changed' };
  });
}

async function lockAndSurvey(session: Session, patience: Patience, asked: SurveyOptions): Promise<Survey> {
  const survey = await session.surveyTryingLock(asked);
  return survey.isLocked ? survey : session.waitForLock(patience, asked);
}

function checksumOf({ version, to }: LedgerChange, migrations: readonly Migration[]): string | null {
  return migrations.find((migration) => migration.version === (to ?? version))?.up.checksum ?? null;
}
