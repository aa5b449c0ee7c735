import type { DatabaseSync } from 'node:sqlite';
import type { RegistryWriter } from '../load/writer.ts';
import { compareVersions, parseVersion } from './semver.ts';

/** A bundle of a channel, and what it skips there. */
export interface Link {
  readonly name: string;
  readonly version: string;
  readonly skips: readonly string[];
}

/** From the head of a channel down: each replaces the next one. */
export type Chain = readonly Link[];

/** The channels of a package as they are. */
export function readChains(database: DatabaseSync, packageName: string): ReadonlyMap<string, Chain> {
  const rows = database
    .prepare(`
      SELECT one.channel_name AS channel, one.operatorbundle_name AS name, other.operatorbundle_name AS below,
        head_operatorbundle_name AS head, coalesce(bundle.version, '') AS version
      FROM channel_entry AS one
      JOIN channel ON channel.package_name = one.package_name AND channel.name = one.channel_name
      LEFT JOIN channel_entry AS other ON other.entry_id = one.replaces
      LEFT JOIN operatorbundle AS bundle ON bundle.name = one.operatorbundle_name
      WHERE one.package_name = ? ORDER BY one.channel_name, one.depth, one.entry_id`)
    .all(packageName) as unknown as readonly (Link & {
    channel: string;
    below: string | null;
    head: string;
  })[];
  const chains = new Map<string, Chain>();
  for (const [channel, entries] of Map.groupBy(rows, (row) => row.channel)) {
    const byName = Map.groupBy(entries, ({ name }) => name);
    const chain: Link[] = [];
    const seen = new Set<string>();
    // The first entry of a bundle says what it replaces, the others what it skips.
    for (let name = entries[0]?.head ?? null; name !== null && !seen.has(name); ) {
      seen.add(name);
      const [first, ...more] = byName.get(name) ?? [];
      if (first === undefined) break;
      chain.push({ name, version: first.version, skips: more.flatMap(({ below }) => below ?? []) });
      name = first.below;
    }
    chains.set(channel, chain);
  }
  return chains;
}

/**
 * Puts a bundle into a chain by its version. With `skipPatches` those of the same major and minor version below it are skipped. What is
 * skipped already stays so. Pure.
 *
 * @returns the chain, or what is wrong
 */
export function insertByVersion(
  chain: Chain,
  { name, version }: Pick<Link, 'name' | 'version'>,
  skipPatches: boolean,
): Chain | string {
  const own = version === '' ? undefined : parseVersion(version);
  if (own === undefined) return `has the version "${version}", which is no semantic version`;
  const above: Link[] = [];
  const below: Link[] = [];
  const skips: string[] = [];
  for (const link of chain) {
    const other = parseVersion(link.version);
    if (other === undefined) {
      return `cannot be placed: "${link.name}" has the version "${link.version}", which is no semantic version`;
    }
    const order = compareVersions(other, own);
    if (order === 0) return `has the version ${version}, which "${link.name}" has already`;
    const isPatch = order < 0 && other.numbers[0] === own.numbers[0] && other.numbers[1] === own.numbers[1];
    if (order > 0) above.push(link);
    else if (isPatch && skipPatches) skips.push(link.name, ...link.skips);
    else below.push(link);
  }
  return [...above, { name, version, skips }, ...below];
}

/** Writes the entries of a channel that has none. */
export function writeChain(writer: RegistryWriter, packageName: string, channel: string, chain: Chain): void {
  const [head] = chain;
  if (head === undefined) return;
  writer.addChannel(packageName, channel, head.name);
  const entry = (bundle: string, depth: number) => writer.addEntry(packageName, channel, bundle, depth);
  let [above, depth]: [number | undefined, number] = [undefined, 0];
  for (const { name, skips } of chain) {
    const own = entry(name, depth++);
    if (above !== undefined) writer.setReplaces(above, own);
    for (const skipped of skips) {
      const below = entry(skipped, depth);
      writer.setReplaces(entry(name, depth++), below);
    }
    above = own;
  }
}
