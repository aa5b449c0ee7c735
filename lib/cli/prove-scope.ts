import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
import { findVersion } from '../plan/versions.ts';
import { PROVE_CHECKS, type ProveCheck } from '../reports/prove.ts';
import { parseBytes } from '../text/bytes.ts';
import { nearest } from '../text/nearest.ts';
import type { Io } from './io.ts';

/**
 * Finds the files that are to be judged: by their names or paths, or from one of them on.
 *
 * @returns their versions; nothing where all are meant
 * @throws UsageError `unknown-version`
 */
export function judgedFiles(
  { folder }: Pick<Io, 'folder'>,
  { migrations, folder: shownAs }: CompiledMigrations,
  files: readonly string[],
  from: string | undefined,
): ReadonlySet<string> | undefined {
  const find = (named: string) => {
    const found = findFile(migrations, named, folder);
    if (found) return found;
    const names = migrations.flatMap(({ up, down }) => [up, down].flatMap((one) => one?.file ?? []));
    const base = path.posix.basename(named);
    const meant = nearest(
      base,
      names.map((name) => path.posix.basename(name)),
    );
    const whole = names.find((name) => path.posix.basename(name) === meant);
    throw new UsageError('unknown-version', `There is no migration ${named} in ${shownAs}.`, {
      hint: whole === undefined ? 'See the files: registry-jobs lint' : `Perhaps ${whole} is meant.`,
    });
  };
  if (from !== undefined) {
    if (files.length > 0)
      throw new UsageError('unknown-version', '--from and names of files both say what is judged.', {
        hint: 'Leave out one of them.',
      });
    return new Set(migrations.slice(migrations.indexOf(find(from))).map(({ version }) => version));
  }
  return files.length === 0 ? undefined : new Set(files.map((file) => find(file).version));
}

/** By a path, the name of the file, of its way back, the version, or the number alone. */
function findFile(migrations: readonly Migration[], named: string, folder: string): Migration | undefined {
  const asked = path.resolve(folder, named);
  const scripts = (one: Migration) => [one.up, one.down].filter((script) => script !== undefined);
  return (
    migrations.find((one) => scripts(one).some(({ file }) => path.resolve(folder, file) === asked)) ??
    migrations.find((one) => scripts(one).some(({ file }) => path.posix.basename(file) === named)) ??
    findVersion(migrations, named)
  );
}

/** Reads `twice,late`. */
export function parseChecks(text: string): ProveCheck[] {
  const known: readonly string[] = ['once', ...PROVE_CHECKS];
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new InvalidArgumentError(
      `There is no check "${name}"${meant ? `, perhaps ${meant} is meant` : ''}: ${known.join(', ')}.`,
    );
  }
  return PROVE_CHECKS.filter((check) => names.includes(check));
}

/** Reads after how many statements a file is stopped at the most: `all`, `none`, or a number. */
export function parseStops(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (text === 'none') return 0;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('all, none, or a whole number from 1.');
}

/** Reads `64MB`, or `all`. */
export function parseSize(text: string): number {
  try {
    return parseBytes(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
