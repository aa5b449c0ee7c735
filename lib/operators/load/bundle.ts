import { listed } from '../../text/format.ts';
import type { Api } from '../manifests/crd.ts';
import { type Csv, unique } from '../manifests/csv.ts';
import { ManifestFault } from '../manifests/fault.ts';
import type { Findings } from './findings.ts';
import type { Folder, ReadObject } from './folder.ts';
import type { BundleRow, RegistryWriter } from './writer.ts';

/** In which file each bundle is, by name: those that were loaded, and those that could not be. */
export interface BundleFiles {
  readonly loaded: Map<string, string>;
  readonly broken: Map<string, string>;
  /** What all of them belong to, in words. @default "this tree" */
  readonly whole?: string;
}

/** What a bundle has besides its manifests. */
export interface BundleExtra extends Pick<BundleRow, 'path' | 'dependencies' | 'properties'> {
  /** Whether it may stand in for another one. @default false, which refuses it */
  readonly mayStandIn?: boolean;
}

/**
 * Adds the bundle of one CSV, or says why it cannot be one. A definition that is missing is told, and the bundle added, as the registry's
 * tools do.
 *
 * @param withContents whether the objects themselves are stored
 * @param extra what stands beside the manifests of a bundle that has an image
 */
export function loadBundle(
  object: ReadObject,
  folder: Folder,
  files: BundleFiles,
  writer: RegistryWriter,
  findings: Findings,
  withContents: boolean,
  extra: BundleExtra = { path: '', dependencies: [], properties: [] },
): void {
  // Until it is known to be sound.
  if (object.name !== '' && !files.loaded.has(object.name)) files.broken.set(object.name, object.file);
  const { csv, faults } = folder.csv(object);
  for (const { code, fault } of faults) findings.error(object.file, { code }, fault);
  const isSound =
    csv !== undefined && !isSecond(object, folder, findings) && folder.definitions.faults.length === 0;
  if (!isSound) return;
  const provided = unique([...folder.definitions.apis, ...csv.ownedServices]);
  tellMissing(object, csv, provided, findings);
  if (csv.substitutesFor !== '' && !extra.mayStandIn) {
    const hint =
      extra.path === ''
        ? 'Take the annotation out, and use spec.replaces or spec.skips.'
        : 'Take the annotation out, and use spec.replaces or spec.skips; or allow it by --substitutes-for.';
    findings.error(
      object.file,
      { code: 'substitutes-for', hint },
      new ManifestFault(
        `Bundle "${csv.name}" stands in for "${csv.substitutesFor}", which only an experiment of the registry's tools allows`,
        {
          path: ['metadata', 'annotations', 'olm.substitutesFor'],
        },
      ),
    );
    return;
  }
  const other = files.loaded.get(csv.name);
  if (other !== undefined) {
    findings.error(
      object.file,
      { code: 'bundle-twice', hint: 'Give one of them another metadata.name, or remove its folder.' },
      new ManifestFault(`Bundle "${csv.name}" is in ${findings.shown(other)} already`, {
        path: ['metadata', 'name'],
      }),
    );
    return;
  }
  const contents = withContents ? folder.json(object) : undefined;
  writer.addBundle({
    ...csv,
    csv: contents?.csv,
    objects: contents?.objects,
    path: extra.path,
    dependencies: extra.dependencies,
    properties: [...extra.properties, ...csv.properties],
    images: [...new Set([...(extra.path === '' ? [] : [extra.path]), ...csv.images])],
    provided,
    required: csv.requiredApis,
  });
  files.loaded.set(csv.name, object.file);
  files.broken.delete(csv.name);
}

/** Two CSVs of the same name in one folder: neither is a bundle. */
function isSecond(object: ReadObject, folder: Folder, findings: Findings): boolean {
  const same = folder.csvObjects.filter(({ name }) => name === object.name);
  if (same.length < 2) return false;
  const [first] = same;
  if (first && first !== object) {
    findings.error(
      object.file,
      { code: 'two-csvs', hint: 'Remove one of the files, or put each into a folder of its own.' },
      new ManifestFault(
        `Two files of one folder hold the ClusterServiceVersion "${object.name}", this one and ${findings.shown(first.file)}`,
        {
          path: ['metadata', 'name'],
        },
      ),
    );
  }
  return true;
}

function tellMissing({ file }: ReadObject, csv: Csv, provided: readonly Api[], findings: Findings): void {
  const there = new Set(provided.map(sayApi));
  for (const { api, path } of csv.ownedCrds) {
    if (there.has(sayApi(api))) continue;
    const found = provided.length === 0 ? 'there is none' : `there is ${listed([...there])}`;
    findings.error(
      file,
      {
        code: 'crd-missing',
        hint: 'Put the file of the CustomResourceDefinition beside it, or correct name, version and kind.',
      },
      new ManifestFault(
        `Bundle "${csv.name}" owns ${sayApi(api)}, which no file of its folder defines: ${found}`,
        { path },
      ),
    );
  }
}

function sayApi({ group, version, kind, plural }: Api): string {
  return `${group}/${version}/${kind} (${plural})`;
}
