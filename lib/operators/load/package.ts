import type { ErrorCode } from '../../errors/catalogue.ts';
import { ManifestFault } from '../manifests/fault.ts';
import { type PackageManifest, readPackageManifest } from '../manifests/package-manifest.ts';
import type { Path, Value } from '../manifests/value.ts';
import type { BundleFiles } from './bundle.ts';
import type { Findings } from './findings.ts';
import type { RegistryWriter } from './writer.ts';

/** A package, and the file that describes it. */
export interface FoundPackage {
  readonly file: string;
  readonly manifest: PackageManifest;
}

/** The package that a document describes, if it describes one; what is wrong with it is told. */
export function findPackage(file: string, value: Value, findings: Findings): FoundPackage[] {
  try {
    const manifest = readPackageManifest(value);
    return manifest ? [{ file, manifest }] : [];
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    findings.error(file, { code: 'manifest-unreadable' }, error);
    return [];
  }
}

/**
 * Writes a package with its channels and their graphs, all of it or nothing. What was there of this name is replaced.
 *
 * @returns whether it is in the database
 */
export function loadPackage(
  found: FoundPackage,
  bundles: BundleFiles,
  writer: RegistryWriter,
  findings: Findings,
): boolean {
  return writer.keepIf(() => new Loading(found, bundles, writer, findings).run());
}

class Loading {
  readonly #found: FoundPackage;
  readonly #bundles: BundleFiles;
  readonly #writer: RegistryWriter;
  readonly #findings: Findings;
  #isWhole = true;

  constructor(found: FoundPackage, bundles: BundleFiles, writer: RegistryWriter, findings: Findings) {
    this.#found = found;
    this.#bundles = bundles;
    this.#writer = writer;
    this.#findings = findings;
  }

  run(): boolean {
    const { name } = this.#found.manifest;
    this.#writer.beginPackage(name);
    const channels = this.#addChannels();
    for (const { channel, head } of channels) this.#walk(channel, head);
    return this.#isWhole;
  }

  /** @returns those that are there, to be walked */
  #addChannels(): { channel: string; head: string }[] {
    const { name: packageName, channels, defaultChannel } = this.#found.manifest;
    const added: { channel: string; head: string }[] = [];
    let hasDefault = false;
    for (const [index, { name, head }] of channels.entries()) {
      // A channel whose head is deprecated is left out.
      if (this.#writer.isDeprecated(head)) continue;
      if (name === defaultChannel || channels.length === 1) hasDefault = true;
      if (this.#writer.link(head) === undefined) {
        const what = head === '' ? 'has no head (currentCSV)' : `has the head "${head}", ${this.#why(head)}`;
        this.#fault('channel-head-missing', `Channel "${name}" of package "${packageName}" ${what}`, [
          'channels',
          index,
          'currentCSV',
        ]);
        continue;
      }
      if (added.some(({ channel }) => channel === name)) {
        this.#fault('channel-twice', `Channel "${name}" is there twice in package "${packageName}"`, [
          'channels',
          index,
          'name',
        ]);
        continue;
      }
      this.#writer.addChannel(packageName, name, head);
      added.push({ channel: name, head });
      if (name === defaultChannel || channels.length === 1) this.#writer.setDefaultChannel(packageName, name);
    }
    if (!hasDefault) this.#tellDefault();
    return added;
  }

  #tellDefault(): void {
    const { name, channels, defaultChannel } = this.#found.manifest;
    const [what, path] =
      channels.length === 0
        ? [`Package "${name}" has no channels`, ['packageName']]
        : defaultChannel === ''
          ? [`Package "${name}" has several channels and no defaultChannel`, ['packageName']]
          : [`The defaultChannel "${defaultChannel}" is no channel of package "${name}"`, ['defaultChannel']];
    this.#fault('no-default-channel', what, path);
  }

  /** From the head along what each bundle replaces; what it skips stands beside it. */
  #walk(channel: string, head: string): void {
    const { name: packageName } = this.#found.manifest;
    const writer = this.#writer;
    const entry = (bundle: string, depth: number) => writer.addEntry(packageName, channel, bundle, depth);
    const seen = new Set([head]);
    let [current, currentEntry, depth] = [head, entry(head, 0), 1];
    for (;;) {
      const link = writer.link(current);
      if (link === undefined) return;
      writer.addPackageProperty(current, packageName, link);
      if (writer.isDeprecated(current)) return;
      for (const skip of link.skips) {
        const skipped = entry(skip, depth);
        writer.setReplaces(entry(current, depth), skipped);
        depth++;
      }
      const { replaces } = link;
      if (replaces === '') return;
      const replaced = entry(replaces, depth);
      if (seen.has(replaces)) {
        const what = `Bundle "${current}" replaces "${replaces}", which leads back to it in channel "${channel}"`;
        this.#chainFault(current, 'replaces-cycle', what);
        return;
      }
      seen.add(replaces);
      writer.setReplaces(currentEntry, replaced);
      if (writer.link(replaces) === undefined) {
        const what = `Bundle "${current}" of channel "${channel}" replaces "${replaces}", ${this.#why(replaces)}`;
        this.#chainFault(current, 'replaces-missing', what);
        return;
      }
      [current, currentEntry, depth] = [replaces, replaced, depth + 1];
    }
  }

  /** Why a bundle is not in the database. */
  #why(bundle: string): string {
    const broken = this.#bundles.broken.get(bundle);
    if (broken === undefined) return `which is no bundle of ${this.#bundles.whole ?? 'this tree'}`;
    return `which could not be loaded: see ${this.#findings.shown(broken)}`;
  }

  #fault(code: ErrorCode, message: string, path: Path): void {
    this.#isWhole = false;
    this.#findings.error(this.#found.file, { code }, new ManifestFault(message, { path }));
  }

  /** In the CSV that names it, where that is a file here. */
  #chainFault(bundle: string, code: ErrorCode, message: string): void {
    this.#isWhole = false;
    const file = this.#bundles.loaded.get(bundle);
    if (file === undefined)
      this.#findings.error(this.#found.file, { code }, new ManifestFault(message, { path: ['packageName'] }));
    else this.#findings.error(file, { code }, new ManifestFault(message, { path: ['spec', 'replaces'] }));
  }
}
