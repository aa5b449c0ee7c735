/** A semantic version; its build counts too, where all else is equal. */
export interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];
  readonly build: readonly string[];
}

const NUMBER = '(0|[1-9][0-9]*)';
const WORDS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${WORDS}))?(?:\\+(${WORDS}))?$`);

/** What a bundle without a version is taken for: lower than all that are meant. */
const NONE = '0.0.0-z';

/** @returns undefined for what is no semantic version. Pure. */
export function parseVersion(text: string): Version | undefined {
  const [found, major = '', minor = '', patch = '', prerelease, build] =
    VERSION.exec(text === '' ? NONE : text) ?? [];
  if (found === undefined) return undefined;
  const words = (of: string | undefined) => of?.split('.') ?? [];
  if (words(prerelease).some((word) => /^0[0-9]+$/.test(word))) return undefined;
  return {
    numbers: [BigInt(major), BigInt(minor), BigInt(patch)],
    prerelease: words(prerelease),
    build: words(build),
  };
}

/** Below 0 where the first is the lower one. Builds are ordered as what comes before a release is, and none is the lowest. Pure. */
export function compareVersions(one: Version, other: Version): number {
  for (const [index, number] of one.numbers.entries()) {
    const against = other.numbers[index] ?? 0n;
    if (number !== against) return number < against ? -1 : 1;
  }
  // A release is higher than what comes before it.
  const [a, b] = [one.prerelease, other.prerelease];
  if (a.length === 0 || b.length === 0) {
    if (a.length !== b.length) return a.length === 0 ? 1 : -1;
    return compareWords(one.build, other.build);
  }
  return compareWords(a, b) || compareWords(one.build, other.build);
}

function compareWords(one: readonly string[], other: readonly string[]): number {
  for (const [index, word] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    if (word === against) continue;
    const [isNumber, isOther] = [/^[0-9]+$/.test(word), /^[0-9]+$/.test(against)];
    if (isNumber && isOther) {
      if (BigInt(word) === BigInt(against)) continue;
      return BigInt(word) < BigInt(against) ? -1 : 1;
    }
    if (isNumber !== isOther) return isNumber ? -1 : 1;
    return word < against ? -1 : 1;
  }
  return one.length - other.length;
}
