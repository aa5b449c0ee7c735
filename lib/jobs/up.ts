import { type RunOptions, run } from '../engine/run.ts';
import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { parseNow } from '../migrations/unparsed.ts';
import { findUnapproved, type KnownApproval, knownAt } from '../plan/approval.ts';
import { bundleOf } from '../plan/bundle.ts';
import { findWithoutEvidence, type KnownEvidence } from '../plan/evidence.ts';
import { planHash } from '../plan/hash.ts';
import { neededUp } from '../plan/needed.ts';
import { describeOlder, isOlder } from '../plan/older.ts';
import { digestOf, findPending } from '../plan/pending.ts';
import { findUnproved, type Proof } from '../plan/proof.ts';
import { type PlanOptions, planFolder } from '../plan/up.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

export type UpOptions = PlanOptions &
  RunOptions & {
    /**
     * What to do when these files are older than those that were run last. A deploy that is rolled back runs them against the newer
     * database: with `accept` they change nothing and succeed, and files that are missing are a warning. @default 'run', like any others
     */
    readonly olderBundle?: 'accept' | 'run';
    /** Refuse to run any other plan than the one that `plan` named so. */
    readonly expectedPlan?: string;
    /** Refuse to run a file that is not proved as it is. @default anything is run */
    readonly proof?: Pick<Proof, 'files'>;
    /** Refuse to run a file that another environment has not applied as it is. @default anything is run */
    readonly evidence?: KnownEvidence;
    /**
     * Refuse to run a plan that nobody has approved. With `since`, one that was approved stays so while this run does it part by part.
     * @default anything is run
     */
    readonly approval?: KnownApproval;
  };

/**
 * Applies the pending migrations, each in a transaction of its own and one network flight. Stops at the first
 * that fails: what was applied before it stays, and the report says what is true.
 *
 * @returns the report, also when a migration failed (`status: 'failed'`)
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, or (PlanError) files and ledger disagree
 */
export function up(
  compiled: CompiledMigrations,
  settings: Settings,
  options: UpOptions = {},
): Promise<MigrationReport> {
  const expected = options.expectedPlan;
  const mayBeOlder = options.olderBundle === 'accept';
  const bundle = bundleOf(compiled.migrations);
  return run(
    dialectFor(settings),
    'up',
    settings,
    { ...options, isDeploy: mayBeOlder },
    compiled.migrations,
    async (known, when) => {
      await parseNow(neededUp(compiled.migrations, known, options));
      const asked: PlanOptions = {
        ...options,
        ...(mayBeOlder && { missingFiles: 'warn' }),
        goOn: (options.detach ?? 'never') !== 'never',
      };
      const made = planFolder(compiled, known, asked);
      const versions = made.tasks.map(({ migration }) => migration.version);
      const unproved = options.proof ? findUnproved(compiled.migrations, versions, options.proof) : [];
      const { evidence } = options;
      const unseen = evidence ? findWithoutEvidence(compiled.migrations, versions, evidence) : [];
      const unapproved = () => {
        const { approval, since } = options;
        // While another run is at work this one starts nothing: it plans again when it has the lock, or only looks on.
        if (!approval || versions.length === 0 || when !== 'first' || known.running) return [];
        const before = since === undefined ? [] : [knownAt(known, compiled.migrations, since)];
        const hashes = before.map((it) => planHash(planFolder(compiled, it, asked)));
        return findUnapproved([planHash(made), ...hashes], approval, settings.environment);
      };
      const plan = { ...made, problems: [...made.problems, ...unproved, ...unseen, ...unapproved()] };
      const { last } = known.bundles ?? {};
      if (mayBeOlder && last && isOlder(bundle, known.bundles ?? { ranBefore: false })) {
        const { recordedAt, who } = last;
        // A repeatable file is the newer files' to apply.
        const digest = digestOf(compiled).filter(({ style }) => style !== 'repeatable');
        const pending = findPending(digest, known.ledger);
        const older = { recordedAt, who, pending, message: describeOlder(bundle, last) };
        return { tasks: [], entries: plan.entries, warnings: [], problems: [], older };
      }
      const hash = planHash(plan);
      // After an initial schema, and after a part of it, the plan is another by nature.
      if (expected === undefined || expected === hash || when !== 'first') return plan;
      const error = new RegistryJobsError('another-plan', `The plan is ${hash} now, not ${expected}.`, {
        hint: 'Files or ledger have changed since. Look again: registry-jobs plan',
      });
      return { ...plan, problems: [...plan.problems, toErrorReport(error)] };
    },
    options.steps === undefined,
  );
}
