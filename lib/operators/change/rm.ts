import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError, UsageError } from '../../errors/error.ts';
import type { OperatorsRmReport } from '../../reports/operators-change.ts';
import { listed, shellWord } from '../../text/format.ts';
import { type EditOptions, editRegistry } from './edit.ts';
import { names, removePackage, removeStranded } from './rows.ts';

export interface OperatorsRmOptions extends EditOptions {
  /** Removes all packages but those that are named. @default those that are named */
  readonly keep?: boolean;
}

/**
 * Removes packages from a registry, with their channels and bundles, and then the bundles that stand in no channel. One transaction.
 *
 * @param file the path of the database
 * @throws UsageError `no-package`; RegistryJobsError `unknown-package`, and those of `migrateOperators`
 */
export async function rmOperators(
  file: string,
  packages: readonly string[],
  options: OperatorsRmOptions = {},
): Promise<OperatorsRmReport> {
  const { shownAs = file, keep = false, write = false } = options;
  if (packages.length === 0) {
    throw new UsageError('no-package', 'No package was named. Nothing was done.', {
      hint: `Name one: registry-jobs operators rm ${shellWord(shownAs)} etcd`,
    });
  }
  const { result, ...edited } = await editRegistry(
    file,
    options,
    (database) => {
      const there = names(database, 'SELECT name FROM package ORDER BY name');
      assertThere(packages, there, shownAs);
      const gone = there.filter((name) => packages.includes(name) !== keep);
      for (const name of gone) removePackage(database, name);
      if (gone.length > 0) removeStranded(database);
      return { isSound: true, gone };
    },
    true,
  );
  const isIdle = result.gone.length === 0;
  const status = isIdle ? 'nothing-to-do' : write ? 'changed' : 'would-change';
  return { command: 'operators rm', status, database: shownAs, ...edited };
}

function assertThere(asked: readonly string[], there: readonly string[], shownAs: string): void {
  const unknown = [...new Set(asked)].filter((name) => !there.includes(name));
  if (unknown.length === 0) return;
  const quoted = (some: readonly string[], most?: number) =>
    listed(
      some.map((one) => `"${one}"`),
      most,
    );
  const has = there.length === 0 ? 'It has none' : `It has ${quoted(there, 10)}`;
  throw new RegistryJobsError(
    'unknown-package',
    `${shownAs} has no package ${quoted(unknown, unknown.length)}. ${has}. Nothing was changed.`,
    { hint: `See them all: sqlite3 ${shellWord(shownAs)} 'SELECT name FROM package'` },
  );
}

/** @returns the package that a bundle stands in, where there is one */
export function packagesOf(database: DatabaseSync, bundle: string): readonly string[] {
  const sql =
    'SELECT DISTINCT package_name AS name FROM channel_entry WHERE operatorbundle_name = ? ORDER BY 1';
  return names(database, sql, bundle);
}
