import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../manifests/crd.ts';
import { readCrd } from '../manifests/crd.ts';
import { readCsv } from '../manifests/csv.ts';
import { type Document, readDocument } from '../manifests/document.ts';
import { ManifestFault, type Place } from '../manifests/fault.ts';
import { placeOf } from '../manifests/place.ts';
import { at, isList, isMapping, kindOf, textOf, type Value } from '../manifests/value.ts';
import { type BundleFiles, loadBundle } from './bundle.ts';
import type { Findings } from './findings.ts';
import { Folder, type ReadFile } from './folder.ts';
import { type FoundPackage, findPackage } from './package.ts';
import { addPackages, type LoadOptions, takingTurns } from './tree.ts';
import type { RegistryWriter } from './writer.ts';

/** A ConfigMap that holds manifests: each key a list, as text. */
export interface ConfigMap {
  readonly bytes: Uint8Array;
  readonly value: Value;
}

/** @returns undefined for a file that is something else */
export function readConfigMap(file: string): ConfigMap | undefined {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  try {
    const bytes = readFileSync(file);
    const { value } = readDocument(bytes);
    return textOf(at(value, 'kind')) === 'ConfigMap' ? { bytes, value } : undefined;
  } catch (error) {
    if (error instanceof ManifestFault) return undefined;
    throw error;
  }
}

/**
 * Loads the manifests of a ConfigMap: each CSV is a bundle, with the definitions that it owns. What is wrong goes to the findings, with its
 * place in the ConfigMap.
 *
 * @param name of its file
 * @throws RegistryJobsError `stopped`
 */
export async function loadConfigMap(
  map: ConfigMap,
  name: string,
  writer: RegistryWriter,
  findings: Findings,
  options: LoadOptions,
): Promise<void> {
  const pause = takingTurns(options);
  const read = (key: string) => readList(map, name, key, findings);
  const definitions = index(read('customResourceDefinitions'), findings);
  const bundles: BundleFiles = { loaded: new Map(), broken: new Map(), whole: 'this ConfigMap' };
  for (const file of read('clusterServiceVersions')) {
    const owned = isMapping(file.document.value) ? (readCsv(file.document.value).csv?.ownedCrds ?? []) : [];
    const files = owned.flatMap(({ api }) => definitions.get(nameOf(api)) ?? []);
    const folder = new Folder([file, ...new Set(files)]);
    const csv = folder.csvObjects.find((object) => object.file === file.file.name);
    if (csv) loadBundle(csv, folder, bundles, writer, findings, options.withContents);
    else tellOther(file, 'ClusterServiceVersion', findings);
    await pause();
  }
  const packages: FoundPackage[] = [];
  for (const { file, document } of read('packages'))
    packages.push(...findPackage(file.name, document.value, findings));
  await addPackages(packages, bundles, writer, findings, pause);
}

type Item = ReadFile & { readonly document: Document };

/** The items of a key, each as a file of its own that says where it stands. */
function readList(map: ConfigMap, name: string, key: string, findings: Findings): Item[] {
  const text = at(map.value, 'data', key);
  const fault = (message: string) =>
    findings.error(name, { code: 'config-map' }, new ManifestFault(message, { path: ['data', key] }));
  if (typeof text !== 'string') {
    fault(`The ConfigMap has no key "${key}", which holds a list as text`);
    return [];
  }
  const outward = placesOf(map.bytes, key);
  try {
    const { value } = readDocument(Buffer.from(text));
    if (!isList(value)) {
      if (value !== null) fault(`"${key}" has to be a list as text, and is ${kindOf(value)}`);
      return [];
    }
    return value.map((one, number) => {
      const own = `${name}\0${key}\0${number}`;
      findings.setOrigin(own, name, ({ place, path: inside = [] }) =>
        outward(place ?? placeOf(Buffer.from(text), { place: undefined, path: [number, ...inside] })),
      );
      return { file: { name: own, folder: '' }, document: { value: one } };
    });
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    const place = outward(error.place ?? { line: 1, column: 1 });
    findings.error(name, { code: 'manifest-unreadable' }, new ManifestFault(error.message, place));
    return [];
  }
}

/** From a place in the text of a key to one in the ConfigMap: exact where the text is written as it is, by `|`; else the key. */
function placesOf(bytes: Uint8Array, key: string): (inner: Place) => Place {
  const start = placeOf(bytes, { place: undefined, path: ['data', key] });
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (!/:\s*\|[-+0-9]*\s*(?:#.*)?$/.test(lines[start.line - 1] ?? '')) return () => start;
  const indent =
    /^ */.exec(lines.slice(start.line).find((line) => line.trim() !== '') ?? '')?.[0].length ?? 0;
  return ({ line, column }) => ({ line: start.line + line, column: column + indent });
}

/** Definitions by the names of their APIs. */
function index(files: readonly Item[], findings: Findings): ReadonlyMap<string, ReadFile> {
  const found = new Map<string, ReadFile>();
  for (const file of files) {
    const { value } = file.document;
    if (!isMapping(value) || textOf(at(value, 'kind')) !== 'CustomResourceDefinition') {
      tellOther(file, 'CustomResourceDefinition', findings);
      continue;
    }
    const { apis, faults } = readCrd(value);
    for (const fault of faults) findings.error(file.file.name, { code: 'manifest-type' }, fault);
    for (const api of apis) {
      const twice = `The definition ${nameOf(api)} is there twice`;
      if (found.has(nameOf(api)))
        findings.error(file.file.name, { code: 'config-map' }, new ManifestFault(twice, { path: [] }));
      else found.set(nameOf(api), file);
    }
  }
  return found;
}

function tellOther({ file }: Item, wanted: string, findings: Findings): void {
  findings.error(
    file.name,
    { code: 'config-map' },
    new ManifestFault(`This is no ${wanted}: its kind is another one`, { path: [] }),
  );
}

function nameOf({ group, version, kind, plural }: Api): string {
  return `${group}/${version}/${kind} (${plural})`;
}

/** The folder and the name of a file. */
export function partsOf(file: string): readonly [folder: string, name: string] {
  return [path.dirname(file), path.basename(file)];
}
