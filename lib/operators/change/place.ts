import type { DatabaseSync } from 'node:sqlite';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { BundleFiles } from '../load/bundle.ts';
import type { Findings } from '../load/findings.ts';
import { loadPackage } from '../load/package.ts';
import type { RegistryWriter } from '../load/writer.ts';
import { ManifestFault } from '../manifests/fault.ts';
import { byBytes } from '../manifests/go-json.ts';
import type { Path } from '../manifests/value.ts';
import type { NewBundle } from './bundle-folder.ts';
import { type Chain, insertByVersion, writeChain } from './chain.ts';
import { compareVersions, parseVersion } from './semver.ts';

/** How bundles find their place in the channels of their package. */
export const ADD_MODES = ['replaces', 'semver', 'semver-skippatch'] as const;
export type AddMode = (typeof ADD_MODES)[number];

/** A bundle that stands in a channel before. */
export interface Placed {
  readonly channel: string;
  readonly bundle: string;
  readonly version: string;
}

/** A package before, and what comes to it. */
export interface Growing {
  readonly name: string;
  readonly defaultChannel: string;
  readonly before: readonly Placed[];
  readonly chains: ReadonlyMap<string, Chain>;
  readonly added: readonly NewBundle[];
}

/** Says that something is wrong with the CSV of a bundle. */
export function csvFault(
  findings: Findings,
  bundle: NewBundle,
  code: ErrorCode,
  message: string,
  path: Path = ['metadata', 'name'],
): void {
  findings.error(bundle.object.file, { code }, new ManifestFault(message, { path }));
}

/** Which bundles of a package stand in which channels. */
export function readPlaces(database: DatabaseSync, packageName: string): readonly Placed[] {
  const rows = database.prepare(`
    SELECT DISTINCT channel_name AS channel, name AS bundle, coalesce(version, '') AS version
    FROM channel_entry JOIN operatorbundle ON name = operatorbundle_name WHERE package_name = ? ORDER BY 1, 2`);
  return rows.all(packageName) as unknown as readonly Placed[];
}

/** The bundle of the highest version is the head of a channel; from there on what each replaces and skips counts. */
export function placeByReplaces(
  growing: Growing,
  files: BundleFiles,
  writer: RegistryWriter,
  findings: Findings,
): void {
  const { name, before, added } = growing;
  const last = added.at(-1);
  if (last === undefined) return;
  const places = [
    ...before,
    ...added.flatMap(({ csv, channels }) =>
      channels.map((channel) => ({ channel, bundle: csv.name, version: csv.version })),
    ),
  ];
  const channels: { name: string; head: string }[] = [];
  for (const [channel, some] of Map.groupBy(places, (place) => place.channel)) {
    const head = highest(some);
    if (typeof head === 'object') channels.push({ name: channel, head: head.bundle });
    else
      csvFault(findings, last, 'bundle-version', `Channel "${channel}" of package "${name}" ${head}`, [
        'spec',
        'version',
      ]);
  }
  if (channels.length < new Set(places.map(({ channel }) => channel)).size) return;
  channels.sort((one, other) => byBytes(one.name, other.name));
  const manifest = { name, channels, defaultChannel: defaultOf(growing) };
  loadPackage({ file: last.annotationsFile, manifest }, files, writer, findings);
}

/** @returns the one of the highest version, or why there is none */
function highest(places: readonly Placed[]): Placed | string {
  const known = places.map((place) => ({ place, version: parseVersion(place.version) }));
  const sound = known.flatMap(({ place, version }) => (version ? [{ place, version }] : []));
  const wrong = known.find(({ version }) => version === undefined)?.place;
  if (wrong) return `holds "${wrong.bundle}" of version "${wrong.version}", which is no semantic version`;
  const [first, second] = sound.sort((one, other) => compareVersions(other.version, one.version));
  if (first && second && compareVersions(first.version, second.version) === 0) {
    return `would have two heads, "${first.place.bundle}" and "${second.place.bundle}", both of version "${first.place.version}"`;
  }
  return first?.place ?? 'is empty';
}

/** What the bundle of the highest version names; those that are there count as one that names what is the default. */
function defaultOf({ defaultChannel, before, added }: Growing): string {
  const old = before.map(({ version }) => ({ version, channel: defaultChannel }));
  const named = added.map(({ csv, defaultChannel: channel }) => ({ version: csv.version, channel }));
  const all = [...old, ...named].flatMap(({ version, channel }) => {
    const parsed = parseVersion(version);
    return parsed && channel !== '' ? [{ parsed, channel }] : [];
  });
  return (
    all.reduce<(typeof all)[number] | undefined>(
      (best, one) => (best && compareVersions(best.parsed, one.parsed) > 0 ? best : one),
      undefined,
    )?.channel ?? ''
  );
}

/** Each bundle stands between those of the next lower and the next higher version, whatever its CSV replaces. */
export function placeByVersion(
  growing: Growing,
  skipPatches: boolean,
  writer: RegistryWriter,
  findings: Findings,
): void {
  const { name, added } = growing;
  const chains = new Map(growing.chains);
  let { defaultChannel } = growing;
  let isSound = true;
  for (const bundle of added) {
    defaultChannel = bundle.defaultChannel || defaultChannel;
    for (const channel of bundle.channels) {
      const found = insertByVersion(chains.get(channel) ?? [], bundle.csv, skipPatches);
      if (typeof found !== 'string') chains.set(channel, found);
      else {
        isSound = false;
        const message = `Bundle "${bundle.csv.name}" of channel "${channel}" ${found}`;
        csvFault(findings, bundle, 'bundle-version', message, ['spec', 'version']);
      }
    }
  }
  const filled = [...chains].filter(([, chain]) => chain.length > 0);
  const [only] = filled;
  if (defaultChannel === '' && filled.length === 1 && only) [defaultChannel] = only;
  const last = added.at(-1);
  if (last && isSound && !filled.some(([channel]) => channel === defaultChannel)) {
    const message = `The default channel "${defaultChannel}" is no channel of package "${name}"`;
    const fault = new ManifestFault(message, { path: ['annotations'] });
    findings.error(last.annotationsFile, { code: 'no-default-channel' }, fault);
    return;
  }
  if (!isSound) return;
  writer.beginPackage(name);
  for (const [channel, chain] of filled.sort(([one], [other]) => byBytes(one, other)))
    writeChain(writer, name, channel, chain);
  writer.setDefaultChannel(name, defaultChannel);
}
