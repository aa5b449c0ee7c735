import { count } from '../text/format.ts';
import type { Bundle, KnownBundles, LastBundle } from './known.ts';

/**
 * Whether these files are older than those that were run last: CloudFormation runs them again when an update fails, against the newer
 * database, and they must change nothing there. All of their texts were applied once, or nobody could go back to them. Pure.
 */
export function isOlder(own: Bundle, known: KnownBundles): boolean {
  return mayBeOlder(own, known) && known.hasNewText !== true;
}

/**
 * Whether these files look like older ones. Either they were run before the last ones, unless those are a person's step back from
 * these; or, where that is not on record, they are a
 * part of the last ones, which a file that was renamed or edited since does not hide. Pure.
 */
export function mayBeOlder(own: Bundle, { last, ranBefore, cameLater }: KnownBundles): boolean {
  if (!last || last.id === own.id) return false;
  if (ranBefore) return last.byDeploy || cameLater !== true;
  if (own.files.length >= last.files.length) return false;
  const versions = new Set(last.files.map(([version]) => version));
  const checksums = new Set(last.files.map(([, checksum]) => checksum));
  return own.files.every(([version, checksum]) => versions.has(version) || checksums.has(checksum));
}

/** Says by what the last ones differ. Pure. */
export function describeOlder(own: Bundle, last: LastBundle): string {
  const ours = new Map(own.files);
  const newer = last.files.filter(([version]) => !ours.has(version));
  const changed = last.files.filter(
    ([version, checksum]) => ours.has(version) && ours.get(version) !== checksum,
  );
  const differences = [
    ...(newer.length > 0 ? [`${names(newer)} ${newer.length === 1 ? 'is' : 'are'} not among them`] : []),
    ...(changed.length > 0
      ? [`${names(changed)} ${changed.length === 1 ? 'was' : 'were'} another text`]
      : []),
  ];
  const what = differences.length > 0 ? `: ${differences.join('; ')}` : '';
  return `These files are older than those that ${last.who} ran at ${last.recordedAt}${what}.`;
}

function names(files: readonly (readonly [string, string])[]): string {
  const SHOWN = 3;
  const shown = files.slice(0, SHOWN).map(([version]) => version);
  const more = files.length - SHOWN;
  return more > 0 ? `${shown.join(', ')} and ${count(more, 'more file')}` : shown.join(', ');
}
