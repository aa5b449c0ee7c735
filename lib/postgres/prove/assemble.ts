import type { Migration } from '../../migrations/migration.ts';
import { isReversible } from '../../plan/task.ts';
import {
  type CheckName,
  type CheckResult,
  PROVE_CHECKS,
  type ProveCheck,
  type ProvedFile,
  type ProveFinding,
  type ProveNote,
} from '../../reports/prove.ts';
import { accept } from '../../reports/prove-verdict.ts';
import { isKnown } from './findings.ts';
import { isRerunnable, type Late } from './prove-late.ts';
import type { WayBack } from './prove-pair.ts';
import type { Shown } from './prove-plain.ts';

/** Adds what was shown of a file on the final state; what it says is meant is marked. */
export function withLate(
  file: ProvedFile,
  late: Late | undefined,
  migration: Migration | undefined,
  asked: ReadonlySet<ProveCheck>,
): ProvedFile {
  // What is found right after a run is found late as well, and told once.
  const more = (late?.findings ?? []).filter((one) => !isKnown(one, file.findings));
  const checks = { ...file.checks, late: late?.late ?? file.checks.late };
  // Of what was not looked at nobody knows whether it would be found.
  const isAll =
    PROVE_CHECKS.every((check) => check === 'set' || asked.has(check)) &&
    Object.values(checks).every((check) => check !== 'not-shown');
  return {
    ...file,
    checks,
    findings: accept(migration, [...file.findings, ...more], isAll),
    notes: [...file.notes, ...(late?.notes ?? []).filter((one) => !isNoted(one, file.notes))],
  };
}

/** A table may have another size by then. */
function isNoted({ code, of }: ProveNote, notes: readonly ProveNote[]): boolean {
  return of !== undefined && notes.some((one) => one.code === code && one.of === of);
}

/** What was shown of a file and of its way back. */
export function fileOf(
  migration: Migration,
  shown: Shown,
  way: WayBack | undefined,
  checks: ReadonlySet<ProveCheck>,
): ProvedFile {
  const { up, version } = migration;
  const wayBack = isReversible(migration) && checks.has('down') ? 'not-shown' : 'not-asked';
  return {
    file: up.file,
    version,
    checksum: up.checksum,
    statements: up.statements.length,
    checks: {
      once: shown.once,
      twice: shown.twice,
      stopped: shown.stopped,
      late: isRerunnable(migration) && checks.has('late') ? 'not-shown' : 'not-asked',
      down: way?.down ?? wayBack,
      'up-again': way?.upAgain ?? wayBack,
    },
    stops: shown.stops,
    locks: shown.locks,
    ...(shown.timings && { timings: shown.timings }),
    findings: [...shown.findings, ...(way?.findings ?? [])],
    notes: [...shown.notes, ...(way?.notes ?? [])],
  };
}

/** A file that was only to be applied, and could not be. */
export function notApplied(
  { up, version }: Migration,
  findings: readonly ProveFinding[],
  notes: readonly ProveNote[],
): ProvedFile {
  const result: CheckResult = 'not-asked';
  return {
    ...{ file: up.file, version, checksum: up.checksum, statements: up.statements.length },
    checks: {
      ...{ once: findings.length > 0 ? 'failed' : 'not-shown', twice: result, stopped: result },
      ...{ late: result, down: result, 'up-again': result },
    },
    ...{ stops: { tried: 0, failed: 0 }, locks: [], findings, notes },
  };
}

/** A file after one that could not be run. */
export function notShown({ up, version }: Migration, because: string): ProvedFile {
  const result: CheckResult = 'not-shown';
  const checks: Record<CheckName, CheckResult> = {
    ...{ once: result, twice: result, stopped: result },
    ...{ late: result, down: result, 'up-again': result },
  };
  const message = `Nothing is shown of it: ${because}, before it, could not be run.`;
  return {
    ...{ file: up.file, version, checksum: up.checksum, statements: up.statements.length, checks },
    ...{ stops: { tried: 0, failed: 0 }, locks: [], findings: [], notes: [{ code: 'not-shown', message }] },
  };
}
