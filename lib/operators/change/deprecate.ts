import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError, UsageError } from '../../errors/error.ts';
import type { OperatorsDeprecateReport } from '../../reports/operators-change.ts';
import { shellWord } from '../../text/format.ts';
import { RegistryWriter } from '../load/writer.ts';
import { type EditOptions, editRegistry } from './edit.ts';
import { packagesOf } from './rm.ts';
import { names, removeBundle, removeChannel, removeEntries, removePackage, removeStranded } from './rows.ts';

export interface OperatorsDeprecateOptions extends EditOptions {
  /** Removes a package where the heads of all its channels are named. @default that is refused */
  readonly removePackages?: boolean;
}

/**
 * Deprecates bundles: what they replace, and what that replaces, goes from their channels, and from the registry where nothing else needs
 * it; the bundle itself stays as the end of the chain, and is marked. One transaction.
 *
 * @param file the path of the database
 * @param asked images or names of bundles
 * @throws UsageError `no-bundle`; RegistryJobsError `unknown-bundle`, `default-channel-head`, and those of `migrateOperators`
 */
export async function deprecateOperators(
  file: string,
  asked: readonly string[],
  options: OperatorsDeprecateOptions = {},
): Promise<OperatorsDeprecateReport> {
  const { shownAs = file, removePackages = false, write = false } = options;
  if (asked.length === 0) {
    throw new UsageError('no-bundle', 'No bundle was named. Nothing was done.', {
      hint: `Name one, or its image: registry-jobs operators deprecate ${shellWord(shownAs)} etcd.v1.0.0`,
    });
  }
  const { result, ...edited } = await editRegistry(file, options, (database) => {
    const bundles = [...new Set(asked.map((one) => nameOf(database, one, shownAs)))];
    if (removePackages) removeWhole(database, bundles);
    const done = bundles.filter((bundle) => deprecate(database, bundle, shownAs));
    return { isSound: true, done };
  });
  const { changes } = edited;
  const isIdle = result.done.length === 0 && changes.packagesRemoved.length === 0;
  const status = isIdle ? 'nothing-to-do' : write ? 'changed' : 'would-change';
  return { command: 'operators deprecate', status, database: shownAs, ...edited };
}

function nameOf(database: DatabaseSync, asked: string, shownAs: string): string {
  const sql = 'SELECT name FROM operatorbundle WHERE name IS NOT NULL AND ';
  const [found] = [
    ...names(database, `${sql}bundlepath = ?`, asked),
    ...names(database, `${sql}name = ?`, asked),
  ];
  if (found !== undefined && asked !== '') return found;
  throw new RegistryJobsError(
    'unknown-bundle',
    `${shownAs} has no bundle of the image or the name "${asked}". Nothing was changed.`,
    { hint: `See them all: sqlite3 ${shellWord(shownAs)} 'SELECT name, bundlepath FROM operatorbundle'` },
  );
}

/** Packages of which all heads are asked for. */
function removeWhole(database: DatabaseSync, bundles: readonly string[]): void {
  const packages = new Set(bundles.flatMap((bundle) => packagesOf(database, bundle)));
  const sql = 'SELECT DISTINCT head_operatorbundle_name AS name FROM channel WHERE package_name = ?';
  const whole = [...packages].filter((name) =>
    names(database, sql, name).every((it) => bundles.includes(it)),
  );
  for (const name of whole) removePackage(database, name);
  if (whole.length > 0) removeStranded(database);
}

/** @returns whether something was done: one that another one of the same call has removed is no fault */
function deprecate(database: DatabaseSync, bundle: string, shownAs: string): boolean {
  const writer = new RegistryWriter(database);
  const link = writer.link(bundle);
  if (link === undefined) return false;
  const places = placesOf(database, bundle);
  const tails = places.map((place) => ({ ...place, tail: tailOf(database, bundle, place) }));
  const tail = [...new Set(tails.flatMap((one) => one.tail))];
  assertNoDefault(database, [bundle, ...tail], bundle, shownAs);
  for (const place of tails) {
    const where = 'package_name = ? AND channel_name = ? AND operatorbundle_name = ?';
    for (const below of place.tail) removeEntries(database, where, place.owner, place.channel, below);
    if (place.head === bundle) removeChannel(database, place.owner, place.channel);
  }
  for (const below of tail) if (!isNeeded(database, below, [bundle, ...tail])) removeBundle(database, below);
  const isMarked = hasMark(database, bundle);
  const isKnown = isMarked && writer.isDeprecated(bundle);
  if (!isMarked) writer.addProperty({ type: 'olm.deprecated', value: '{}' }, { name: bundle, ...link });
  database.prepare('INSERT OR IGNORE INTO deprecated (operatorbundle_name) VALUES (?)').run(bundle);
  return !isKnown || tail.length > 0 || places.some(({ head }) => head === bundle);
}

interface Place {
  readonly owner: string;
  readonly channel: string;
  readonly head: string;
}

/** The channels that a bundle stands in, with their heads. */
function placesOf(database: DatabaseSync, bundle: string): readonly Place[] {
  const rows = database.prepare(`
    SELECT DISTINCT entry.package_name AS owner, channel_name AS channel, head_operatorbundle_name AS head
    FROM channel_entry AS entry JOIN channel ON channel.package_name = entry.package_name AND channel.name = channel_name
    WHERE operatorbundle_name = ? ORDER BY 1, 2`);
  return rows.all(bundle) as unknown as readonly Place[];
}

/** What stands below a bundle in a channel, replaced or skipped. */
function tailOf(database: DatabaseSync, bundle: string, { owner, channel }: Place): readonly string[] {
  const sql = `
    WITH RECURSIVE edge (above, below) AS (
      SELECT one.operatorbundle_name, other.operatorbundle_name
      FROM channel_entry AS one JOIN channel_entry AS other ON other.entry_id = one.replaces
      WHERE one.package_name = ? AND one.channel_name = ?
    ), tail (name) AS (
      SELECT below FROM edge WHERE above = ?
      UNION SELECT below FROM edge JOIN tail ON above = tail.name
    )
    SELECT name FROM tail WHERE name <> ? ORDER BY 1`;
  return names(database, sql, owner, channel, bundle, bundle);
}

/** Whoever follows the default channel would be left without it. */
function assertNoDefault(
  database: DatabaseSync,
  going: readonly string[],
  bundle: string,
  shownAs: string,
): void {
  const heads = database
    .prepare(`
      SELECT package.name AS owner, channel.name AS channel, head_operatorbundle_name AS head
      FROM package JOIN channel ON channel.package_name = package.name AND channel.name = default_channel ORDER BY 1`)
    .all() as unknown as readonly Place[];
  const found = heads.find(({ head }) => going.includes(head));
  if (found === undefined) return;
  const what = found.head === bundle ? 'is' : `replaces or skips "${found.head}", which is`;
  throw new RegistryJobsError(
    'default-channel-head',
    `Bundle "${bundle}" ${what} the head of "${found.channel}", the default channel of package "${found.owner}". Nothing was changed.`,
    {
      hint: `To remove the whole package: registry-jobs operators rm ${shellWord(shownAs)} ${shellWord(found.owner)}`,
    },
  );
}

/** Whether a bundle stands in a channel still, or another one than those that go replaces it. */
function isNeeded(database: DatabaseSync, bundle: string, going: readonly string[]): boolean {
  const above = names(database, 'SELECT name FROM operatorbundle WHERE replaces = ?', bundle);
  return packagesOf(database, bundle).length > 0 || above.some((name) => !going.includes(name));
}

function hasMark(database: DatabaseSync, bundle: string): boolean {
  const sql = "SELECT type AS name FROM properties WHERE operatorbundle_name = ? AND type = 'olm.deprecated'";
  return names(database, sql, bundle).length > 0;
}
