import { listed } from '../../text/format.ts';
import type { ChannelGraph, GraphEntry, PackageRow } from './graph.ts';

/** What keeps a package from being a catalog that clusters take. */
export interface GraphFault {
  readonly code:
    | 'catalog-channel-heads'
    | 'catalog-stranded'
    | 'catalog-cycle'
    | 'catalog-version'
    | 'catalog-default-channel';
  readonly packageName: string;
  readonly channel?: string;
  readonly bundles: readonly string[];
  readonly message: string;
}

/** Looks at a package as the reader of catalogs does: it refuses all of it for one of these. Pure. */
export function checkPackage(
  { name: packageName, defaultChannel }: PackageRow,
  channels: readonly ChannelGraph[],
): readonly GraphFault[] {
  const faults: GraphFault[] = [];
  if (!channels.some(({ name }) => name === defaultChannel)) {
    const what =
      defaultChannel === ''
        ? 'has no default channel'
        : `has the default channel "${defaultChannel}", which is none of its channels`;
    faults.push({
      code: 'catalog-default-channel',
      packageName,
      bundles: [],
      message: `Package "${packageName}" ${what}`,
    });
  }
  const unversioned = new Map<string, string>();
  for (const channel of channels) {
    faults.push(...checkChannel(channel));
    for (const { name, version = '' } of channel.entries)
      if (!SEMVER.test(version)) unversioned.set(name, version);
  }
  for (const [name, version] of unversioned) {
    const what = version === '' ? 'has no version' : `has the version "${version}", which is no semver`;
    faults.push({
      code: 'catalog-version',
      packageName,
      bundles: [name],
      message: `Bundle "${name}" of package "${packageName}" ${what}`,
    });
  }
  return faults;
}

/** Semantic versioning 2.0.0, without a "v" before it. */
const NUMBER = '(?:0|[1-9][0-9]*)';
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\\.(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

function checkChannel({ packageName, name: channel, entries }: ChannelGraph): GraphFault[] {
  const where = `Channel "${channel}" of package "${packageName}"`;
  const fault = (code: GraphFault['code'], bundles: readonly string[], what: string): GraphFault => ({
    code,
    packageName,
    channel,
    bundles,
    message: `${where} ${what}`,
  });
  if (entries.length === 0) return [fault('catalog-channel-heads', [], 'has no bundles')];
  const skipped = new Set(entries.flatMap(({ skips }) => skips));
  const passed = new Set([...skipped, ...entries.flatMap(({ replaces }) => replaces ?? [])]);
  const heads = entries.filter(({ name }) => !passed.has(name)).map(({ name }) => name);
  const cycles = findCycle(entries);
  const faults =
    cycles.length > 0 ? [fault('catalog-cycle', cycles, `goes in a circle: ${way(cycles)}`)] : [];
  const [head] = heads;
  if (head === undefined || heads.length > 1) {
    // In a circle every bundle is replaced, which is said already.
    if (head === undefined && faults.length > 0) return faults;
    const what =
      head === undefined
        ? 'has no head: every bundle is replaced or skipped'
        : `has ${heads.length} heads: ${names(heads)} are neither replaced nor skipped`;
    return [...faults, fault('catalog-channel-heads', heads, what)];
  }
  const chain = chainFrom(head, entries);
  const stranded = entries
    .filter(({ name }) => !chain.has(name) && !skipped.has(name))
    .map(({ name }) => name);
  if (stranded.length > 0 && faults.length === 0) {
    const what = `does not lead from its head "${head}" to ${names(stranded)}`;
    faults.push(fault('catalog-stranded', stranded, what));
  }
  return faults;
}

/** The links of the chain of replaces from a bundle, itself included. Pure. */
export function chainFrom(start: string, entries: readonly GraphEntry[]): ReadonlySet<string> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const chain = new Set<string>();
  for (let at = byName.get(start); at && !chain.has(at.name); at = byName.get(at.replaces ?? ''))
    chain.add(at.name);
  return chain;
}

/** A circle of replaces, its first bundle last again; or nothing. */
function findCycle(entries: readonly GraphEntry[]): readonly string[] {
  const next = new Map(entries.map(({ name, replaces }) => [name, replaces]));
  const done = new Set<string>();
  for (const { name } of entries) {
    const path: string[] = [];
    const onPath = new Set<string>();
    let at: string | undefined = name;
    for (; at !== undefined && next.has(at) && !done.has(at); at = next.get(at)) {
      if (onPath.has(at)) return [...path.slice(path.indexOf(at)), at];
      path.push(at);
      onPath.add(at);
    }
    for (const one of path) done.add(one);
  }
  return [];
}

function way(bundles: readonly string[]): string {
  const shown = bundles.length > 7 ? [...bundles.slice(0, 5), '...', ...bundles.slice(-1)] : bundles;
  return shown.join(' replaces ');
}

function names(bundles: readonly string[]): string {
  return listed(bundles.map((name) => `"${name}"`));
}
