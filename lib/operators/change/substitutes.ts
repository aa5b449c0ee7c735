import { compareVersions, parseVersion } from './semver.ts';

/** What a row of a bundle says of others. */
export interface Standing {
  readonly version: string;
  replaces: string;
  skips: readonly string[];
  substitutesFor: string;
}

/**
 * Works out what `olm.substitutesFor` means for a bundle that has come to the others, by the rules of the registry's tools, and changes what
 * they say of each other: who replaced or skipped what it stands in for goes on to it, and it skips that. Those that stand in for the same
 * form a line by their versions, each for the next lower one; the highest counts. Asked for each bundle that comes, since one may come
 * before what it stands in for. Pure, but for what it is handed.
 *
 * @param all every bundle, by its name, this one among them
 * @returns why it cannot be, as the end of a sentence about the bundle
 */
export function standIn(all: ReadonlyMap<string, Standing>, name: string): string | undefined {
  const own = all.get(name);
  if (!own) return undefined;
  const why = findPlace(all, name, own);
  if (why !== undefined) return why;
  const [below, above] = [targetsOf(all, name), standInsOf(all, name)];
  own.skips = distinct([...own.skips, ...below]);
  for (const higher of above) append(all, higher, [name, ...own.skips]);
  const line = [...below.toReversed(), name, ...above];
  const top = line.at(-1) ?? name;
  for (const [other, standing] of all) {
    const skipped = standing.skips.filter((skip) => line.includes(skip) || other === name);
    append(
      all,
      other,
      skipped.flatMap((skip) => until(standInsOf(all, skip), other)),
    );
    if (line.includes(other)) continue;
    if (line.includes(standing.replaces)) standing.replaces = top;
  }
  own.replaces = standInsOf(all, own.replaces).findLast((one) => !line.includes(one)) ?? own.replaces;
  return undefined;
}

/** Its place in the line of those that stand in for the same. */
function findPlace(all: ReadonlyMap<string, Standing>, name: string, own: Standing): string | undefined {
  const wanted = own.substitutesFor;
  if (wanted === '') return undefined;
  if (wanted === name) return 'stands in for itself';
  if (targetsOf(all, wanted).includes(name))
    return `stands in for "${wanted}", which stands in for it, in a circle`;
  for (const other of standInsOf(all, wanted, name)) {
    const standing = all.get(other);
    const [mine, its] = [parseVersion(own.version), parseVersion(standing?.version ?? '')];
    if (!mine)
      return `stands in for "${wanted}", as "${other}" does, and its version "${own.version}" is no semantic version`;
    if (!its || !standing)
      return `stands in for "${wanted}", as "${other}" does, whose version "${standing?.version}" is no semantic version`;
    const order = compareVersions(mine, its);
    if (order === 0)
      return `stands in for "${wanted}" as "${other}" does, and both are of version "${own.version}"`;
    if (order < 0) {
      standing.substitutesFor = name;
      return undefined;
    }
    own.substitutesFor = other;
  }
  return undefined;
}

/** What a bundle stands in for, and what that stands in for. */
function targetsOf(all: ReadonlyMap<string, Standing>, name: string): string[] {
  const found: string[] = [];
  for (let at = all.get(name)?.substitutesFor; at; at = all.get(at)?.substitutesFor) {
    if (found.includes(at)) break;
    found.push(at);
  }
  return found;
}

/**
 * What stands in for a bundle, and for that, from the lowest on.
 *
 * @param leftOut one that is not looked at
 */
function standInsOf(all: ReadonlyMap<string, Standing>, name: string, leftOut?: string): string[] {
  const found: string[] = [];
  for (let at = name; at !== ''; ) {
    const next = [...all].find(
      ([other, { substitutesFor }]) =>
        substitutesFor === at && other !== leftOut && other !== name && !found.includes(other),
    )?.[0];
    if (next === undefined) break;
    found.push(next);
    at = next;
  }
  return found;
}

/** A bundle does not skip itself, nor what stands in for it. */
function until(line: readonly string[], name: string): readonly string[] {
  const at = line.indexOf(name);
  return at < 0 ? line : line.slice(0, at);
}

function append(all: ReadonlyMap<string, Standing>, name: string, more: readonly string[]): void {
  const standing = all.get(name);
  if (standing && more.length > 0)
    standing.skips = distinct([...standing.skips, ...more.filter((one) => one !== name)]);
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
