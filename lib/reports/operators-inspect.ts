import { count, formatTable, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { renderGraph } from './operators-graph.ts';
import { describeCopy, type InspectedEntry, type RegistryCopy } from './operators-read.ts';

/** A package in a list. */
export interface InspectedPackage {
  readonly name: string;
  /** "" where there is none. */
  readonly defaultChannel: string;
  /** Of the default channel; "" where there is none. */
  readonly head: string;
  readonly channels: number;
  readonly bundles: number;
  readonly deprecated: number;
}

export interface InspectedChannel {
  readonly name: string;
  readonly isDefault: boolean;
  readonly head: string;
  readonly bundles: number;
  readonly deprecated: number;
}

/** What somebody asked a registry. */
export interface OperatorsInspectReport {
  readonly command: 'operators inspect';
  readonly database: string;
  readonly copy?: RegistryCopy;
  /** Of the whole file. */
  readonly packages?: readonly InspectedPackage[];
  /** Of one package, which is named. */
  readonly package?: string;
  readonly channels?: readonly InspectedChannel[];
  /** Of one channel, which is named; its head first, then what its chain replaces, then the others. */
  readonly channel?: string;
  readonly entries?: readonly InspectedEntry[];
  /** The API that was asked for, and which bundles of which channels provide it. */
  readonly provides?: string;
  readonly providers?: readonly {
    readonly package: string;
    readonly channel: string;
    readonly bundle: string;
    readonly isHead: boolean;
  }[];
  /** The images that were asked for. */
  readonly images?: readonly string[];
  /** The bundle that was asked for, and which ones an upgrade from it leads to. */
  readonly replaces?: string;
  readonly replacedBy?: readonly {
    readonly package: string;
    readonly channel: string;
    readonly bundle: string;
    readonly by: 'replaces' | 'skips';
  }[];
}

/** As a person reads it. Pure. */
export function renderOperatorsInspectReport(report: OperatorsInspectReport): string {
  const lines = [...body(report)];
  if (report.copy) lines.push(...wrapWords(describeCopy(report.database, report.copy)));
  return visible(lines.join('\n'));
}

function body(report: OperatorsInspectReport): string[] {
  const { database, packages, channels, entries, providers, images, replacedBy } = report;
  if (images) return images.length === 0 ? [`${database} names no image.`] : [...images];
  if (providers) {
    if (providers.length === 0)
      return wrapWords(`No bundle in a channel of ${database} provides ${report.provides}.`);
    const rows = providers.map((one) => [one.package, one.channel, one.bundle, one.isHead ? 'head' : '']);
    return table([['package', 'channel', 'bundle', ''], ...rows]);
  }
  if (replacedBy) {
    if (replacedBy.length === 0)
      return wrapWords(`No bundle of ${database} replaces or skips ${report.replaces}.`);
    const rows = replacedBy.map((one) => [one.package, one.channel, one.bundle, `${one.by} it`]);
    return table([['package', 'channel', 'bundle', ''], ...rows]);
  }
  if (entries) return renderGraph(report.package ?? '', report.channel ?? '', entries);
  if (channels) {
    const rows = channels.map((one) => [
      one.name + (one.isDefault ? ' (default)' : ''),
      one.head,
      String(one.bundles),
      String(one.deprecated),
    ]);
    const next = channels[0]?.name;
    return [
      `Package ${report.package}: ${count(channels.length, 'channel')}`,
      ...table([['channel', 'head', 'bundles', 'deprecated'], ...rows], [2, 3]),
      ...(next === undefined
        ? []
        : [
            `A channel's upgrades:`,
            `  registry-jobs operators inspect ${[database, report.package ?? '', next].map(shellWord).join(' ')}`,
          ]),
    ];
  }
  const rows = (packages ?? []).map((one) => [
    one.name,
    one.defaultChannel,
    one.head,
    String(one.channels),
    String(one.bundles),
    String(one.deprecated),
  ]);
  if (rows.length === 0) return [`${database} has no packages.`];
  return [
    `${database}: ${count(rows.length, 'package')}`,
    ...table([['package', 'default', 'head', 'channels', 'bundles', 'deprecated'], ...rows], [3, 4, 5]),
  ];
}

/** A column of zeros is left out. Where a row is too wide for a terminal, each row becomes lines of its own. */
function table(all: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const isUsed = (column: number) => all.slice(1).some((row) => row[column] !== '0');
  const rows = all.map((row) => row.filter((_, column) => isUsed(column)));
  const lines = formatTable(rows, new Set(right))
    .split('\n')
    .map((line) => `  ${line}`);
  if (lines.every((line) => line.length <= 80)) return lines;
  const [names = [], ...others] = rows;
  return others.flatMap((row) => [
    `  ${row[0]}`,
    ...row
      .slice(1)
      .flatMap((cell, index) => (cell === '' ? [] : [`    ${`${names[index + 1]} ${cell}`.trim()}`])),
  ]);
}
