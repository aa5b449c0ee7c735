import { count, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { type LintFinding, renderLintFindings } from './lint.ts';

/** A channel, by its package and its name. */
export interface ChannelName {
  readonly package: string;
  readonly channel: string;
}

/** What is different in a registry, by names. */
export interface RegistryChanges {
  readonly packagesAdded: readonly string[];
  readonly packagesRemoved: readonly string[];
  readonly channelsAdded: readonly ChannelName[];
  readonly channelsRemoved: readonly ChannelName[];
  /** Channels that have another head. */
  readonly heads: readonly (ChannelName & { readonly from: string; readonly to: string })[];
  /** Packages that have another default channel. */
  readonly defaultChannels: readonly {
    readonly package: string;
    readonly from: string;
    readonly to: string;
  }[];
  readonly bundlesAdded: readonly string[];
  readonly bundlesRemoved: readonly string[];
  /** Bundles that have another image. */
  readonly bundlesReplaced: readonly {
    readonly bundle: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** Bundles that stay, and are no longer in a channel that stays. */
  readonly leftChannels: readonly (ChannelName & { readonly bundle: string })[];
  readonly deprecated: readonly string[];
  readonly noLongerDeprecated: readonly string[];
}

interface ChangeReport {
  /** `would-change`: it was tried, and undone. `failed`: nothing was written, for at least one finding is an error. */
  readonly status: 'changed' | 'would-change' | 'nothing-to-do' | 'failed';
  /** As it was named. */
  readonly database: string;
  /** The version of the schema that the file had, where that was not the newest. */
  readonly migratedFrom?: number;
  readonly version: number;
  readonly changes: RegistryChanges;
}

/** What became of bundles that were to be added. */
export interface OperatorsAddReport extends ChangeReport {
  readonly command: 'operators add';
  readonly findings: readonly LintFinding[];
}

/** What became of packages that were to be removed. */
export interface OperatorsRmReport extends ChangeReport {
  readonly command: 'operators rm';
}

/** What became of bundles that were to be deprecated. */
export interface OperatorsDeprecateReport extends ChangeReport {
  readonly command: 'operators deprecate';
}

/** As a person reads it. Pure. */
export function renderOperatorsChangeReport(
  report: OperatorsAddReport | OperatorsRmReport | OperatorsDeprecateReport,
): string {
  const { status, database, migratedFrom, version, changes } = report;
  const findings = 'findings' in report ? report.findings : [];
  const lines = renderLintFindings(findings);
  if (status === 'failed') {
    const errors = findings.filter(({ level }) => level === 'error').length;
    lines.push(...wrapWords(`${count(errors, 'error')}. Nothing was written: ${database} is as it was.`));
    return visible(lines.join('\n'));
  }
  if (status === 'nothing-to-do') {
    lines.push(...wrapWords(`Nothing to do: ${database} is as it was asked for.`));
    return visible(lines.join('\n'));
  }
  const isDone = status === 'changed';
  lines.push(...wrapWords(`${isDone ? 'Changed' : 'Would change'} ${database}, in one transaction:`));
  if (migratedFrom !== undefined) {
    lines.push(
      `  schema   ${migratedFrom < 0 ? 'before version 0' : `version ${migratedFrom}`} -> ${version}`,
    );
  }
  lines.push(...renderChanges(changes).flatMap((line) => wrapWords(line, '  ', '           ')));
  if (!isDone) lines.push(...wrapWords(`Nothing was written: ${shellWord(database)} is as it was.`));
  return visible(lines.join('\n'));
}

/** One line for each name. */
function renderChanges(changes: RegistryChanges): string[] {
  const at = ({ package: owner, channel }: ChannelName) => `channel ${owner}/${channel}`;
  const left = Map.groupBy(changes.leftChannels, at);
  return [
    ...changes.packagesAdded.map((name) => `add      package ${name}`),
    ...changes.channelsAdded.map((one) => `add      ${at(one)}`),
    ...changes.bundlesAdded.map((name) => `add      bundle ${name}`),
    ...changes.bundlesReplaced.map(
      ({ bundle, from, to }) => `image    bundle ${bundle}: ${from || 'none'} -> ${to || 'none'}`,
    ),
    ...changes.heads.map(({ from, to, ...one }) => `head     ${at(one)}: ${from} -> ${to}`),
    ...changes.defaultChannels.map(
      ({ package: name, from, to }) => `default  package ${name}: ${from || 'none'} -> ${to || 'none'}`,
    ),
    ...[...left].map(
      ([channel, bundles]) => `unlink   ${channel}: ${bundles.map(({ bundle }) => bundle).join(', ')}`,
    ),
    ...changes.packagesRemoved.map((name) => `remove   package ${name}`),
    ...changes.channelsRemoved.map((one) => `remove   ${at(one)}`),
    ...changes.bundlesRemoved.map((name) => `remove   bundle ${name}`),
    ...changes.deprecated.map((name) => `mark     bundle ${name}: deprecated`),
    ...changes.noLongerDeprecated.map((name) => `unmark   bundle ${name}: no longer deprecated`),
  ];
}
