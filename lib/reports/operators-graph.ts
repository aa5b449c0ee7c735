import { count } from '../text/format.ts';
import { wrapWords } from '../text/wrap.ts';
import type { InspectedEntry } from './operators-read.ts';

/**
 * The graph of upgrades of a channel: its head on top, below it what it replaces, and so on; what has no place in the chain after it. Pure.
 *
 * @param entries the head first, then its chain, then the others
 */
export function renderGraph(
  packageName: string,
  channel: string,
  entries: readonly InspectedEntry[],
): string[] {
  const bundles = entries.filter(({ isBundle }) => isBundle).length;
  const lines = wrapWords(
    `Channel ${channel} of package ${packageName}: ${count(bundles, 'bundle')}, the head first`,
  );
  const chain = chainOf(entries);
  for (const [index, entry] of chain.entries()) {
    const isLast = index === chain.length - 1;
    lines.push(`  ${index === 0 ? '*' : 'o'} ${label(entry)}`);
    const bar = isLast ? '    ' : '  | ';
    lines.push(
      ...details(entry, chain[index + 1]?.name).flatMap((text) => wrapWords(text, `${bar}  `, `${bar}    `)),
    );
  }
  const others = entries.filter((entry) => !chain.includes(entry));
  if (others.length > 0) lines.push('Beside the chain:');
  for (const entry of others) {
    lines.push(`  - ${label(entry)}`);
    const by = entries.filter(({ skips }) => skips.includes(entry.name)).map(({ name }) => name);
    if (by.length > 0) lines.push(...wrapWords(`skipped by ${by.join(', ')}`, '      ', '        '));
    const from = entries.filter(({ replaces }) => replaces === entry.name).map(({ name }) => name);
    if (from.length > 0) lines.push(...wrapWords(`replaced by ${from.join(', ')}`, '      ', '        '));
    lines.push(...details(entry, undefined).flatMap((text) => wrapWords(text, '      ', '        ')));
  }
  return lines;
}

/** From the first one along what each replaces, each once. Pure. */
export function chainOf(entries: readonly InspectedEntry[]): readonly InspectedEntry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const chain = new Set<InspectedEntry>();
  for (let at = entries[0]; at && !chain.has(at); at = byName.get(at.replaces ?? '')) chain.add(at);
  return [...chain];
}

function label({ name, version, isDeprecated, isBundle }: InspectedEntry): string {
  const words = [
    ...(version === undefined || name.includes(version) ? [] : [version]),
    ...(isDeprecated ? ['deprecated'] : []),
    ...(isBundle ? [] : ['no bundle of this file']),
  ];
  return words.length === 0 ? name : `${name} (${words.join(', ')})`;
}

/** @param next what stands below it, which need not be named again */
export function details({ replaces, skips, skipRange }: InspectedEntry, next: string | undefined): string[] {
  return [
    ...(skipRange === undefined ? [] : [`skips the range ${skipRange}`]),
    ...(skips.length === 0 ? [] : [`skips ${skips.join(', ')}`]),
    ...(replaces === undefined || replaces === next ? [] : [`replaces ${replaces}`]),
  ];
}
