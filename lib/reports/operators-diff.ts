import { count } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { describeCopy, type RegistryCopy } from './operators-read.ts';

/** What came, went or changed. */
export interface RegistryDifference {
  readonly change: 'came' | 'went' | 'changed';
  /** What it is about: the innermost of those that are named. */
  readonly package?: string;
  readonly channel?: string;
  readonly bundle?: string;
  /** Of what changed: which part of it, and what only one of the two has. Fields of a csv by a digest. */
  readonly field?: string;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

/** How two registries differ. */
export interface OperatorsDiffReport {
  readonly command: 'operators diff';
  readonly status: 'equal' | 'different';
  readonly before: string;
  readonly after: string;
  readonly beforeCopy?: RegistryCopy;
  readonly afterCopy?: RegistryCopy;
  /** How many the second one has. */
  readonly packages: number;
  readonly bundles: number;
  readonly differences: readonly RegistryDifference[];
}

/** As a person reads it. Pure. */
export function renderOperatorsDiffReport(report: OperatorsDiffReport): string {
  const { before, after, differences, beforeCopy, afterCopy } = report;
  const holds = `${count(report.packages, 'package')} and ${count(report.bundles, 'bundle')}`;
  const lines =
    differences.length === 0
      ? wrapWords(`${before} and ${after} hold the same: ${holds}.`)
      : wrapWords(`From ${before} to ${after}: ${count(differences.length, 'difference')}.`);
  const signs = { came: '+', went: '-', changed: '~' };
  for (const one of differences)
    lines.push(...wrapWords(`${signs[one.change]} ${describe(one)}`, '  ', '      '));
  if (beforeCopy) lines.push(...wrapWords(describeCopy(before, beforeCopy)));
  if (afterCopy) lines.push(...wrapWords(describeCopy(after, afterCopy)));
  return visible(lines.join('\n'));
}

/** A difference as a sentence. Pure. */
export function describe(one: RegistryDifference): string {
  const { change, package: packageName, channel, bundle, field = '' } = one;
  const where = `channel ${channel} of package ${packageName}`;
  if (change !== 'changed') {
    const what =
      bundle !== undefined
        ? `Bundle ${bundle}${channel === undefined ? '' : ` of ${where}`}`
        : channel !== undefined
          ? `Channel ${channel} of package ${packageName}`
          : `Package ${packageName}`;
    return `${what} ${change}.`;
  }
  const what =
    bundle !== undefined
      ? `Bundle ${bundle}${channel === undefined ? '' : ` in ${where}`}`
      : channel !== undefined
        ? `Channel ${channel} of package ${packageName}`
        : `Package ${packageName}`;
  return `${what}: ${field} ${values(field, one.before ?? [], one.after ?? [])}.`;
}

function values(field: string, before: readonly string[], after: readonly string[]): string {
  // A digest tells nobody anything.
  if (field.startsWith('csv')) return before.length === 0 ? 'came' : after.length === 0 ? 'went' : 'changed';
  if (before.length === 1 && after.length === 1) return `was ${before[0]}, is ${after[0]}`;
  const parts = [
    ...(before.length > 0 ? [`went: ${before.join(', ')}`] : []),
    ...(after.length > 0 ? [`came: ${after.join(', ')}`] : []),
  ];
  return parts.length === 0 ? 'have another order' : parts.join('; ');
}
