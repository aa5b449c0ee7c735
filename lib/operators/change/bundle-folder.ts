import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { BundleFiles } from '../load/bundle.ts';
import { loadBundle } from '../load/bundle.ts';
import type { Findings } from '../load/findings.ts';
import { Folder, type ReadFile, type ReadObject, readTreeFile } from '../load/folder.ts';
import { walkTree } from '../load/walk.ts';
import type { RegistryWriter } from '../load/writer.ts';
import type { Csv } from '../manifests/csv.ts';
import { ManifestFault } from '../manifests/fault.ts';
import { goJson } from '../manifests/go-json.ts';
import type { Property } from '../manifests/properties.ts';
import { at, textOf } from '../manifests/value.ts';
import { type Annotations, readAnnotations, readMetadataList } from './metadata.ts';

/** A bundle that is to be added, read from its folder. */
export interface NewBundle extends Annotations {
  /** As it was named. */
  readonly directory: string;
  readonly image: string;
  readonly csv: Csv;
  readonly object: ReadObject;
  readonly annotationsFile: string;
  /** Writes its rows; what is wrong with its manifests goes to the findings. */
  write(writer: RegistryWriter, files: BundleFiles, mayStandIn: boolean): void;
}

/**
 * Reads the folder of a bundle: `manifests` with its objects, and `metadata`. All that is wrong goes to the findings.
 *
 * @param root where the folder is looked for, if it is no absolute path
 * @param broken is told the names of bundles that are not sound, and their files
 * @returns undefined for one that is not sound
 */
export function readBundleFolder(
  root: string,
  directory: string,
  image: string,
  findings: Findings,
  broken: Map<string, string>,
): NewBundle | undefined {
  const fault = (code: ErrorCode, message: string) =>
    findings.error(directory, { code }, new ManifestFault(message, { line: 1, column: 1 }));
  const manifests = filesOf(root, path.join(directory, 'manifests'));
  if (manifests === undefined) {
    fault('bundle-folder', 'The folder of a bundle holds a folder "manifests", which is not here');
    return undefined;
  }
  const metadata = filesOf(root, path.join(directory, 'metadata')) ?? [];
  const found = readMetadata(root, metadata, findings);
  if (found.annotations === undefined && !found.isFaulty) {
    fault('annotations-missing', 'No file of the folder "metadata" holds the annotations of the bundle');
  }
  const unreadable = manifests.filter((one) => one.fault !== undefined);
  for (const { file, fault: why } of unreadable) {
    const message = `${why?.message ?? ''}: it is left out`;
    findings.warning(
      file.name,
      { code: 'bundle-file-ignored' },
      message,
      why?.place ?? { line: 1, column: 1 },
    );
  }
  // Of several CSVs the first one counts.
  const all = new Folder(manifests);
  const [object, ...others] = all.csvObjects;
  if (object === undefined) {
    fault('bundle-folder', 'No file of the folder "manifests" is a ClusterServiceVersion');
    return undefined;
  }
  for (const { file } of others) {
    const message = `A bundle has one ClusterServiceVersion, and ${findings.shown(object.file)} is read first: it is left out`;
    findings.warning(file, { code: 'bundle-file-ignored' }, message, { line: 1, column: 1 });
  }
  const folder = new Folder(
    manifests.filter(({ file }) => !others.some((other) => other.file === file.name)),
  );
  const [own = object] = folder.csvObjects;
  for (const { file, fault: why } of folder.definitions.faults)
    findings.error(file, { code: 'manifest-type' }, why);
  const { csv, faults } = folder.csv(own);
  const { annotations } = found;
  if (
    csv === undefined ||
    annotations === undefined ||
    found.isFaulty ||
    folder.definitions.faults.length > 0
  ) {
    for (const { code, fault: why } of faults) findings.error(own.file, { code }, why);
    broken.set(own.name, own.file);
    return undefined;
  }
  const identity = `{"packageName":${goJson(annotations.packageName)},"version":${goJson(csv.version)}${releaseOf(own)}}`;
  const extra = {
    path: image,
    dependencies: found.dependencies,
    properties: [...found.properties, { type: 'olm.package', value: identity }],
  };
  return {
    ...annotations,
    ...{ directory, image, csv, object: own, annotationsFile: found.annotationsFile },
    write: (writer, files, mayStandIn) => {
      const deprecated = writer.isDeprecated(csv.name) ? [{ type: 'olm.deprecated', value: '{}' }] : [];
      const properties = [...extra.properties, ...deprecated];
      loadBundle(own, folder, files, writer, findings, true, { ...extra, properties, mayStandIn });
    },
  };
}

function releaseOf({ value }: ReadObject): string {
  const release = textOf(at(value, 'spec', 'release'));
  return release === '' ? '' : `,"release":${goJson(release)}`;
}

/** The files of one folder, not of those below it, each by its name from the root; undefined where there is no such folder. */
function filesOf(root: string, folder: string): readonly ReadFile[] | undefined {
  const absolute = path.resolve(root, folder);
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  return walkTree(absolute)
    .filter((file) => file.folder === '')
    .map((file) => readTreeFile(root, { ...file, name: path.join(folder, file.name), folder }));
}

interface Metadata {
  readonly annotations: Annotations | undefined;
  readonly annotationsFile: string;
  readonly dependencies: readonly Property[];
  readonly properties: readonly Property[];
  readonly isFaulty: boolean;
}

/** Every file is tried for each of the three: the first that holds it counts. */
function readMetadata(root: string, files: readonly ReadFile[], findings: Findings): Metadata {
  let [annotations, annotationsFile, isFaulty] = [undefined as Annotations | undefined, '', false];
  const lists: Partial<Record<'dependencies' | 'properties', readonly Property[]>> = {};
  const trying = (file: string, code: ErrorCode, read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ManifestFault)) throw error;
      isFaulty = true;
      findings.error(file, { code }, error);
    }
  };
  for (const { file, document, fault } of files) {
    if (fault) {
      findings.error(file.name, { code: 'manifest-unreadable' }, fault);
      isFaulty = true;
    }
    if (!document) continue;
    trying(file.name, 'annotations-missing', () => {
      if (annotations !== undefined) return;
      annotations = readAnnotations(document.value);
      annotationsFile = file.name;
    });
    for (const field of ['dependencies', 'properties'] as const) {
      trying(file.name, 'bundle-metadata', () => {
        const text = readFileSync(path.resolve(root, file.name), 'utf8');
        const found = lists[field] ?? readMetadataList(text, document.value, field);
        if (found) lists[field] = found;
      });
    }
  }
  const { dependencies = [], properties = [] } = lists;
  return { annotations, annotationsFile, dependencies, properties, isFaulty };
}
