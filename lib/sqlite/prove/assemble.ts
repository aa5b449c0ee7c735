import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import {
  type CheckName,
  type CheckResult,
  PROVE_CHECKS,
  type ProvedFile,
  type ProveFinding,
  type ProveNote,
} from '../../reports/prove.ts';
import { accept } from '../../reports/prove-verdict.ts';
import type { Late } from './prove-late.ts';
import type { Trial } from './trial.ts';

/** What has no result was not asked for. Pure. */
export function fileOf(
  { up, version }: Migration,
  checks: Partial<Record<CheckName, CheckResult>>,
  findings: readonly ProveFinding[],
  notes: readonly ProveNote[] = [],
): ProvedFile {
  const none: CheckResult = notes.some(({ code }) => code === 'not-shown') ? 'not-shown' : 'not-asked';
  return {
    ...{ file: up.file, version, checksum: up.checksum, statements: up.statements.length },
    checks: { once: none, twice: none, stopped: none, late: none, down: none, 'up-again': none, ...checks },
    ...{ stops: { tried: 0, failed: 0 }, locks: [], findings, notes },
  };
}

/** A file of which nothing can be shown, and why. Pure. */
export function notShown(migration: Migration, message: string): ProvedFile {
  return fileOf(migration, {}, [], [{ code: 'not-shown', message }]);
}

/** Of a file of rows that belongs to one that is applied: after what is not run nothing is loaded. Pure. */
export function notLoaded({ file }: Script): ProveNote {
  const message = `${file} was not loaded: its migration is applied here, and the rows that are there stand for it. To begin with an empty database, name a file that is not there: registry-jobs prove --on sqlite:./empty.db`;
  return { code: 'rows-not-loaded', message };
}

/** Of an applied file that nothing was asked of. */
export const NOTHING: Readonly<Record<CheckName, CheckResult>> = {
  ...{ once: 'not-asked', twice: 'not-asked', stopped: 'not-asked' },
  ...{ late: 'not-asked', down: 'not-asked', 'up-again': 'not-asked' },
};

/** Adds what was shown of a file on the final state. What is found right after a run is found late as well, and told once. Pure. */
export function withLate(file: ProvedFile, late: Late | undefined): ProvedFile {
  if (!late) return file;
  const isTold = file.findings.some(({ code }) => code === 'rerun-fails' || code === 'rerun-damages');
  return {
    ...file,
    checks: { ...file.checks, late: late.late },
    findings: [...file.findings, ...(isTold ? [] : late.findings)],
    // Of a large table it is told once.
    notes: [
      ...file.notes,
      ...(late.notes ?? []).filter(({ of }) => file.notes.every((one) => one.of !== of)),
    ],
  };
}

/** Marks what the file says is meant. Of what was not looked at nobody knows whether it would be found. Pure. */
export function withAccepted(
  file: ProvedFile,
  migration: Migration,
  { checks }: Trial,
  isApplied: boolean,
): ProvedFile {
  const isAll =
    !isApplied &&
    PROVE_CHECKS.every((check) => check === 'set' || checks.has(check)) &&
    Object.values(file.checks).every((check) => check !== 'not-shown');
  return { ...file, findings: accept(migration, file.findings, isAll) };
}

/** Whether what is found of the set was told of a file by itself. Pure. */
export function isTold({ error, differences }: ProveFinding, told: readonly ProveFinding[]): boolean {
  return told.some((one) =>
    error
      ? one.error?.message === error.message
      : differences.every((difference) => one.differences.some(({ name }) => name === difference.name)),
  );
}
