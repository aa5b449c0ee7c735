import type { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../../errors/error.ts';
import type { OperatorsAddReport } from '../../reports/operators-change.ts';
import { shellWord } from '../../text/format.ts';
import type { BundleFiles } from '../load/bundle.ts';
import { Findings } from '../load/findings.ts';
import { RegistryWriter } from '../load/writer.ts';
import { admit } from './admit.ts';
import { type NewBundle, readBundleFolder } from './bundle-folder.ts';
import { readChains } from './chain.ts';
import { type EditOptions, editRegistry } from './edit.ts';
import {
  type AddMode,
  csvFault,
  type Growing,
  placeByReplaces,
  placeByVersion,
  readPlaces,
} from './place.ts';
import { names } from './rows.ts';
import { type Standing, standIn } from './substitutes.ts';

/** A bundle to be added. */
export interface BundleSource {
  /** Its folder, which holds `manifests` and `metadata`. */
  readonly directory: string;
  /** The reference of its image, from which a cluster pulls it. Nothing is pulled here. */
  readonly image: string;
}

export interface OperatorsAddOptions extends EditOptions {
  /** Where folders are looked for that are no absolute paths. @default the folder of this process */
  readonly root?: string;
  /** How bundles find their place in a channel: by what they replace, or by their versions. @default replaces */
  readonly mode?: AddMode;
  /** Takes the place of a bundle of the same name that nothing replaces. @default that is refused */
  readonly overwriteLatest?: boolean;
  /** Takes bundles that stand in for others, by `olm.substitutesFor`: an experiment of the registry's tools. @default they are refused */
  readonly substitutes?: boolean;
}

/**
 * Adds bundles to a registry: all of them, or none. What is wrong with any of them is in the report, with file and line.
 *
 * @param file the path of the database
 * @returns with the status `failed` nothing was written
 * @throws UsageError `no-bundle`; those of `migrateOperators`
 */
export async function addOperators(
  file: string,
  sources: readonly BundleSource[],
  options: OperatorsAddOptions = {},
): Promise<OperatorsAddReport> {
  const { shownAs = file, root = '', mode = 'replaces', overwriteLatest = false, write = false } = options;
  const { substitutes = false } = options;
  if (sources.length === 0) {
    throw new UsageError('no-bundle', 'No folder of a bundle was named. Nothing was done.', {
      hint: `Name one: registry-jobs operators add ${shellWord(shownAs)} etcd/1.0.0 --image quay.io/coreos/etcd:v1.0.0`,
    });
  }
  const findings = new Findings(root, '');
  const broken = new Map<string, string>();
  const bundles = sources.flatMap(
    ({ directory, image }) => readBundleFolder(root, directory, image, findings, broken) ?? [],
  );
  const { result: _, ...edited } = await editRegistry(file, options, (database) => {
    const admitted = admit(database, bundles, findings, shownAs, overwriteLatest);
    const files: BundleFiles = { loaded: new Map(), broken, whole: shownAs };
    const writer = new RegistryWriter(database);
    // Before anything is removed.
    const growing = growingOf(database, admitted);
    for (const bundle of admitted) bundle.replace(database);
    for (const bundle of admitted) bundle.write(writer, files, substitutes);
    if (substitutes) standInAll(database, admitted, findings);
    for (const one of growing) {
      if (one.added.some(({ csv }) => !files.loaded.has(csv.name))) continue;
      if (mode === 'replaces') placeByReplaces(one, files, writer, findings);
      else placeByVersion(one, mode === 'semver-skippatch', writer, findings);
    }
    if (findings.errors === 0) for (const one of growing) tellPruned(database, one, writer, findings);
    if (mode !== 'replaces') leaveHeads(database);
    return { isSound: findings.errors === 0 };
  });
  const fails = findings.errors > 0;
  const status = fails ? 'failed' : write ? 'changed' : 'would-change';
  return { command: 'operators add', status, database: shownAs, ...edited, findings: findings.all() };
}

/** What the new ones stand in for, in the order in which they were named, and what that changes for those that are there. */
function standInAll(database: DatabaseSync, bundles: readonly NewBundle[], findings: Findings): void {
  const rows = database
    .prepare(
      `SELECT name, coalesce(version, '') AS version, coalesce(replaces, '') AS replaces, coalesce(skips, '') AS skips,
        coalesce(substitutesfor, '') AS target FROM operatorbundle WHERE name IS NOT NULL`,
    )
    .all();
  const read = rows.map(({ name, version, replaces, skips, target }): [string, Standing] => [
    String(name),
    {
      ...{ version: String(version), replaces: String(replaces), substitutesFor: String(target) },
      skips: skips === '' ? [] : String(skips).split(','),
    },
  ]);
  const all = new Map(read);
  const later = new Set(bundles.map(({ csv }) => csv.name));
  const known = new Map(read.filter(([name]) => !later.has(name)));
  const before = new Map(read.map(([name, standing]) => [name, JSON.stringify(standing)]));
  for (const bundle of bundles) {
    const { name } = bundle.csv;
    const standing = all.get(name);
    // One that could not be loaded was told.
    if (!standing) continue;
    known.set(name, standing);
    const why = standIn(known, name);
    if (why !== undefined)
      csvFault(findings, bundle, 'substitutes-for', `Bundle "${name}" ${why}`, [
        ...['metadata', 'annotations', 'olm.substitutesFor'],
      ]);
  }
  const update = database.prepare(
    'UPDATE operatorbundle SET replaces = ?, skips = ?, substitutesfor = ? WHERE name = ?',
  );
  for (const [name, standing] of known) {
    const { replaces, skips, substitutesFor } = standing;
    if (JSON.stringify(standing) !== before.get(name))
      update.run(replaces, skips.join(','), substitutesFor, name);
  }
}

/** The packages that bundles come to, as they are without those that are replaced. */
function growingOf(database: DatabaseSync, bundles: readonly NewBundle[]): readonly Growing[] {
  const replaced = new Set(bundles.map(({ csv }) => csv.name));
  return [...Map.groupBy(bundles, ({ packageName }) => packageName)].map(([name, added]) => {
    const sql = 'SELECT default_channel AS name FROM package WHERE name = ? AND default_channel IS NOT NULL';
    const [defaultChannel = ''] = names(database, sql, name);
    const chains = [...readChains(database, name)].map(
      ([channel, chain]) => [channel, chain.filter((link) => !replaced.has(link.name))] as const,
    );
    const before = readPlaces(database, name).filter(({ bundle }) => !replaced.has(bundle));
    return { name, defaultChannel, before, chains: new Map(chains), added };
  });
}

/** Whoever follows a channel has to meet what was in it before, and what is new. */
function tellPruned(
  database: DatabaseSync,
  { name, before, added }: Growing,
  writer: RegistryWriter,
  findings: Findings,
): void {
  const there = new Set(readPlaces(database, name).map(({ channel, bundle }) => `${channel}\0${bundle}`));
  const isLost = (channel: string, bundle: string) =>
    !there.has(`${channel}\0${bundle}`) && !writer.isDeprecated(bundle);
  const heads = new Map(
    database
      .prepare('SELECT name, head_operatorbundle_name AS head FROM channel WHERE package_name = ?')
      .all(name)
      .map((row) => [String(row.name), String(row.head)]),
  );
  const headOf = (channel: string) => {
    const head = heads.get(channel);
    return head === undefined ? 'which is not there' : `whose head is "${head}"`;
  };
  for (const bundle of added) {
    for (const channel of bundle.channels) {
      if (!isLost(channel, bundle.csv.name)) continue;
      const what = `Bundle "${bundle.csv.name}" could not be reached in channel "${channel}" of package "${name}", ${headOf(channel)}`;
      csvFault(findings, bundle, 'bundle-pruned', what);
    }
  }
  for (const { channel, bundle } of before) {
    if (!isLost(channel, bundle)) continue;
    const cause = added.find(({ csv }) => csv.name === heads.get(channel)) ?? added.at(-1);
    const what = `Bundle "${bundle}" could no longer be reached in channel "${channel}" of package "${name}", ${headOf(channel)}`;
    if (cause) csvFault(findings, cause, 'bundle-pruned', what);
  }
}

/** As the registry's tools do after these modes: what an image holds is kept for heads only. */
function leaveHeads(database: DatabaseSync): void {
  database.exec(`
    UPDATE operatorbundle SET csv = NULL, bundle = NULL
    WHERE bundlepath <> '' AND name NOT IN (SELECT head_operatorbundle_name FROM channel WHERE head_operatorbundle_name IS NOT NULL)`);
}
