import type { RegistryDifference } from '../../reports/operators-diff.ts';
import { byBytes } from '../manifests/go-json.ts';
import type { ChannelGraph, GraphEntry } from './graph.ts';
import type { RegistrySummary } from './summary.ts';

type Where = Pick<RegistryDifference, 'package' | 'channel' | 'bundle'>;

/** What came, went and changed from one registry to another, by name. Pure. */
export function differencesOf(
  before: RegistrySummary,
  after: RegistrySummary,
): readonly RegistryDifference[] {
  const found: RegistryDifference[] = [];
  eachName(before.packages, after.packages, (name, one, other) => {
    const where = { package: name };
    if (!one || !other) return void found.push(came(where, other !== undefined));
    if (one.defaultChannel !== other.defaultChannel)
      found.push(changed(where, 'default channel', [one.defaultChannel], [other.defaultChannel]));
    eachName(one.channels, other.channels, (channel, a, b) => {
      const inside = { ...where, channel };
      if (!a || !b) return void found.push(came(inside, b !== undefined));
      found.push(...channelDifferences(inside, a, b));
    });
  });
  eachName(before.bundles, after.bundles, (bundle, one, other) => {
    if (!one || !other) return void found.push(came({ bundle }, other !== undefined));
    for (const field of [...new Set([...one.keys(), ...other.keys()])]) {
      const [a, b] = [one.get(field) ?? [], other.get(field) ?? []];
      if (!isSame(a, b)) found.push(changed({ bundle }, field, a, b));
    }
  });
  return found;
}

function channelDifferences(where: Where, one: ChannelGraph, other: ChannelGraph): RegistryDifference[] {
  const found: RegistryDifference[] = [];
  if (one.head !== other.head) found.push(changed(where, 'head', [one.head], [other.head]));
  const byName = ({ entries }: ChannelGraph) => new Map(entries.map((entry) => [entry.name, entry]));
  eachName(byName(one), byName(other), (bundle, a, b) => {
    const inside = { ...where, bundle };
    if (!a || !b) return void found.push(came(inside, b !== undefined));
    const fields: readonly [string, (entry: GraphEntry) => readonly string[]][] = [
      ['replaces', ({ replaces }) => (replaces === undefined ? [] : [replaces])],
      ['skips', ({ skips }) => skips.toSorted(byBytes)],
    ];
    for (const [field, read] of fields)
      if (!isSame(read(a), read(b))) found.push(changed(inside, field, read(a), read(b)));
  });
  return found;
}

function came(where: Where, isNew: boolean): RegistryDifference {
  return { ...where, change: isNew ? 'came' : 'went' };
}

/** What both have is no difference. */
function changed(
  where: Where,
  field: string,
  before: readonly string[],
  after: readonly string[],
): RegistryDifference {
  const only = (all: readonly string[], others: readonly string[]) =>
    all.filter((one) => one !== '' && !others.includes(one));
  return { ...where, change: 'changed', field, before: only(before, after), after: only(after, before) };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function eachName<T>(
  one: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, T>,
  tell: (name: string, one: T | undefined, other: T | undefined) => void,
): void {
  for (const name of [...new Set([...one.keys(), ...other.keys()])].sort(byBytes))
    tell(name, one.get(name), other.get(name));
}
