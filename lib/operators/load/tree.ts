import path from 'node:path';
import { stopped } from '../../errors/stopped.ts';
import { type BundleFiles, loadBundle } from './bundle.ts';
import type { Findings } from './findings.ts';
import { Folder, type ReadFile, readTreeFile } from './folder.ts';
import { type FoundPackage, findPackage, loadPackage } from './package.ts';
import { walkTree } from './walk.ts';
import type { RegistryWriter } from './writer.ts';

export interface LoadOptions {
  /** Whether the objects themselves are stored, and not the graph only. */
  readonly withContents: boolean;
  /** Ends it between two files. */
  readonly signal?: AbortSignal | undefined;
  /** What is true once it is stopped. */
  readonly stoppedAs?: string;
  /** Hears how many of the files were read. */
  readonly onFile?: ((done: number, all: number) => void) | undefined;
}

/** How long it works before others have their turn, in milliseconds: signals, and the line of progress. */
const TURN_MS = 50;

/**
 * Loads a tree of manifests into a database at the newest version: all bundles first, in the order of the tree, then all packages. What is
 * wrong goes to the findings; the rest is loaded.
 *
 * @returns how many files there are
 * @throws RegistryJobsError `stopped`
 */
export async function loadTree(
  root: string,
  writer: RegistryWriter,
  findings: Findings,
  options: LoadOptions,
): Promise<number> {
  const { withContents, onFile } = options;
  const files = walkTree(root);
  const bundles: BundleFiles = { loaded: new Map(), broken: new Map() };
  const packages: FoundPackage[] = [];
  const folders = new Map<string, Folder>();
  const beside = Map.groupBy(files, ({ folder }) => folder);
  let done = 0;
  const pause = takingTurns(options);
  for (const file of files) {
    if (!folders.has(file.folder)) {
      forget(folders, file.folder);
      const read: ReadFile[] = [];
      for (const one of beside.get(file.folder) ?? []) {
        await pause();
        const found = readTreeFile(root, one);
        read.push(found);
        noticePackage(found, packages, findings);
        onFile?.(++done, files.length);
      }
      const folder = new Folder(read);
      folders.set(file.folder, folder);
      // Of a folder without a bundle nobody reads them.
      if (folder.csvObjects.length > 0) {
        for (const { file: name, fault } of folder.definitions.faults)
          findings.error(name, { code: 'manifest-type' }, fault);
      }
    }
    const folder = folders.get(file.folder);
    const csv = folder?.csvObjects.find(({ file: name }) => name === file.name);
    if (folder && csv) loadBundle(csv, folder, bundles, writer, findings, withContents);
    await pause();
  }
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const placed = packages.toSorted((one, other) => (order.get(one.file) ?? 0) - (order.get(other.file) ?? 0));
  await addPackages(placed, bundles, writer, findings, pause);
  return files.length;
}

/** Lets others have their turn between two files, where it is time; that is where it is stopped. */
export function takingTurns({
  signal,
  stoppedAs = 'Nothing was written',
}: Pick<LoadOptions, 'signal' | 'stoppedAs'>): () => Promise<void> {
  let turn = performance.now();
  return async () => {
    if (performance.now() - turn < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
    if (signal?.aborted) throw stopped(signal, `. ${stoppedAs}`);
  };
}

/** In their order: of two of one name the later one counts. */
export async function addPackages(
  packages: readonly FoundPackage[],
  bundles: BundleFiles,
  writer: RegistryWriter,
  findings: Findings,
  pause: () => Promise<void>,
): Promise<void> {
  const before = new Map<string, string>();
  for (const found of packages) {
    const { name, channels, defaultChannel } = found.manifest;
    const other = before.get(name);
    if (other !== undefined) {
      const message = `Package "${name}" is described by ${findings.shown(other)} as well: this file counts`;
      findings.warning(found.file, { code: 'package-twice' }, message, { path: ['packageName'] });
    }
    const [only] = channels;
    if (channels.length === 1 && defaultChannel !== '' && only?.name !== defaultChannel) {
      const message = `The defaultChannel "${defaultChannel}" is no channel of package "${name}": its only one, "${only?.name}", is taken`;
      findings.warning(found.file, { code: 'default-channel-ignored' }, message, {
        path: ['defaultChannel'],
      });
    }
    if (loadPackage(found, bundles, writer, findings)) before.set(name, found.file);
    await pause();
  }
}

/** Every file is tried as a package; what is no object at all is an error. */
function noticePackage(
  { file, document, fault }: ReadFile,
  packages: FoundPackage[],
  findings: Findings,
): void {
  if (fault || !document) {
    const hint = 'A tree of manifests holds YAML and JSON only: move other files out of it.';
    if (fault) findings.error(file.name, { code: 'manifest-unreadable', hint }, fault);
    return;
  }
  if (document.moreAt !== undefined) {
    const message =
      'What comes after this line is another document, which nobody reads: only the first one counts';
    findings.warning(file.name, { code: 'document-ignored' }, message, {
      line: document.moreAt - 1,
      column: 1,
    });
  }
  packages.push(...findPackage(file.name, document.value, findings));
}

/** Folders that the walk has left are not needed again. */
function forget(folders: Map<string, Folder>, current: string): void {
  for (const folder of folders.keys()) {
    if (folder !== '' && current !== folder && !current.startsWith(folder + path.sep)) folders.delete(folder);
  }
}
