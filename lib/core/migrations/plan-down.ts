import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import { isNumbered, type Migration } from './migration.ts';
import { findVersion, type Known, type Plan, planUp } from './plan.ts';
import type { Task } from './task.ts';

/** How far to go back: undo everything behind a version, or a number of migrations. */
export type DownTarget = { readonly to: string } | { readonly steps: number };

/**
 * Plans the way back, newest first. Everything that cannot be undone is refused by name before anything runs.
 * Pure.
 */
export function planDown(migrations: readonly Migration[], known: Known, target: DownTarget): Plan {
  const {
    entries,
    warnings,
    problems: found,
  } = planUp(migrations, known, { missingFiles: 'warn', outOfOrder: true });
  const problems: ErrorReport[] = found.filter(({ code }) => code !== 'edited');
  const fault = (code: string, message: string, hint: string) => {
    problems.push(toErrorReport(new RegistryJobsError(code, message, { hint })));
  };
  const applied = new Set(known.ledger.map(({ version }) => version));
  const newestFirst = migrations
    .filter((migration) => isNumbered(migration) && applied.has(migration.version))
    .reverse();
  const chosen = choose(newestFirst, migrations, target, fault);
  for (const migration of chosen) {
    if (migration.style === 'plain') {
      fault(
        'irreversible',
        `${migration.up.file} is a plain file; it only goes forward.`,
        'Write a new migration that undoes it.',
      );
    } else if (!migration.down || migration.up.directives.irreversible) {
      const why = migration.down ? 'says that it cannot be undone' : 'has no down file';
      fault(
        'irreversible',
        `${migration.up.file} ${why}.`,
        'Write its down file, or a new migration that undoes it.',
      );
    }
  }
  const tasks = chosen.map((migration): Task => ({ migration, direction: 'down' }));
  return {
    tasks,
    entries,
    warnings: warnings.filter(({ code }) => code !== 'gap' && code !== 'empty'),
    problems,
  };
}

function choose(
  newestFirst: readonly Migration[],
  all: readonly Migration[],
  target: DownTarget,
  fault: (code: string, message: string, hint: string) => void,
): readonly Migration[] {
  if ('steps' in target) return newestFirst.slice(0, target.steps);
  if (target.to === '0') return newestFirst;
  const last = findVersion(all, target.to);
  if (!last || !isNumbered(last)) {
    fault(
      'unknown-version',
      `There is no migration ${target.to}.`,
      'See the versions with: registry-jobs status. 0 undoes all.',
    );
    return [];
  }
  return newestFirst.filter(({ number = '0' }) => BigInt(number) > BigInt(last.number));
}
