import { UsageError } from '../errors/error.ts';
import type { OperatorsInspectReport } from '../reports/operators-inspect.ts';
import type { InspectedEntry } from '../reports/operators-read.ts';
import { shellWord } from '../text/format.ts';
import { nearest } from '../text/nearest.ts';
import { choose } from './export.ts';
import { bundleNames } from './read/catalog.ts';
import { chainFrom } from './read/check-graph.ts';
import { type ChannelGraph, readChannels, readDeprecated, readPackages } from './read/graph.ts';
import { withRegistry } from './read/open.ts';
import { imagesOf, providersOf } from './read/questions.ts';

export interface OperatorsInspectOptions {
  /** One package. @default the whole file */
  readonly package?: string;
  /** One channel of it: its graph of upgrades. */
  readonly channel?: string;
  /** Asks which bundles provide an API: `group/version/kind`. */
  readonly provides?: string;
  /** Asks for all images, or for those of one bundle. */
  readonly images?: true | string;
  /** Asks which bundles replace or skip this one. */
  readonly replaces?: string;
  /** The file in the words of whoever named it. @default its path */
  readonly shownAs?: string;
}

/**
 * Tells what is in the file of a registry, of any version: one that is older is read in a copy in memory.
 *
 * @param file its path
 * @throws UsageError `unknown-package`, `unknown-channel`, `unknown-bundle`, `invalid-api`; and what reading the file may come to: `sqlite-open`, `not-an-operator-registry`,
 *   `dirty` and others
 */
export async function inspectOperators(
  file: string,
  options: OperatorsInspectOptions = {},
): Promise<OperatorsInspectReport> {
  const { shownAs = file, provides, images, replaces } = options;
  return withRegistry(file, shownAs, ({ database, copy }) => {
    const head = { command: 'operators inspect' as const, database: shownAs, ...(copy && { copy }) };
    if (images !== undefined) return { ...head, images: imagesOf(database, images, shownAs) };
    const rows = choose(
      readPackages(database),
      options.package === undefined ? [] : [options.package],
      shownAs,
    );
    const deprecated = readDeprecated(database);
    const graphs = () => rows.flatMap((row) => [...readChannels(database, row, deprecated)]);
    if (provides !== undefined)
      return { ...head, provides, providers: providersOf(database, provides, graphs()) };
    if (replaces !== undefined) return { ...head, replaces, replacedBy: whoReplaces(replaces, graphs()) };
    if (options.package === undefined) {
      const packages = rows.map(({ name, defaultChannel }) => {
        const channels = readChannels(database, { name, defaultChannel }, deprecated);
        return {
          name,
          defaultChannel,
          head: channels.find(({ isDefault }) => isDefault)?.head ?? '',
          channels: channels.length,
          ...counts(channels),
        };
      });
      return { ...head, packages };
    }
    const channels = graphs();
    const ofPackage = { ...head, package: options.package };
    if (options.channel === undefined) {
      return {
        ...ofPackage,
        channels: channels.map((one) => ({
          name: one.name,
          isDefault: one.isDefault,
          head: one.head,
          ...counts([one]),
        })),
      };
    }
    const channel = channels.find(({ name }) => name === options.channel);
    if (!channel) throw noChannel(options.channel, options.package, channels, shownAs);
    return { ...ofPackage, channel: channel.name, entries: inOrder(channel) };
  });
}

function counts(channels: readonly ChannelGraph[]): { bundles: number; deprecated: number } {
  const real = channels.map((one) => ({ ...one, entries: one.entries.filter(({ isBundle }) => isBundle) }));
  return { bundles: bundleNames(real).length, deprecated: bundleNames(real, true).length };
}

/** The head, its chain, then the others by name. */
function inOrder({ head, entries }: ChannelGraph): readonly InspectedEntry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const chain = chainFrom(byName.has(head) ? head : (entries[0]?.name ?? ''), entries);
  const names = [...chain, ...entries.map(({ name }) => name).filter((name) => !chain.has(name))];
  return names.flatMap((name) => byName.get(name) ?? []);
}

function whoReplaces(
  bundle: string,
  channels: readonly ChannelGraph[],
): NonNullable<OperatorsInspectReport['replacedBy']> {
  return channels.flatMap(({ packageName, name: channel, entries }) =>
    entries
      .filter(({ replaces, skips }) => replaces === bundle || skips.includes(bundle))
      .map(({ name, replaces }) => ({
        package: packageName,
        channel,
        bundle: name,
        by: replaces === bundle ? 'replaces' : 'skips',
      })),
  );
}

function noChannel(
  name: string,
  packageName: string,
  channels: readonly ChannelGraph[],
  shownAs: string,
): UsageError {
  const close = nearest(
    name,
    channels.map((one) => one.name),
  );
  return new UsageError(
    'unknown-channel',
    `Package "${packageName}" of ${shownAs} has no channel "${name}".`,
    {
      hint: close
        ? `It has one of nearly that name: ${close}`
        : `See which there are: registry-jobs operators inspect ${shellWord(shownAs)} ${shellWord(packageName)}`,
    },
  );
}
