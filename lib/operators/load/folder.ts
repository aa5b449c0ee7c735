import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Api, readCrd } from '../manifests/crd.ts';
import { type Csv, type CsvFault, readCsv } from '../manifests/csv.ts';
import { type Document, readDocument } from '../manifests/document.ts';
import { ManifestFault } from '../manifests/fault.ts';
import { goJson } from '../manifests/go-json.ts';
import { at, isMapping, type Mapping, textOf } from '../manifests/value.ts';
import type { TreeFile } from './walk.ts';

/** A file of a folder, read. */
export interface ReadFile {
  readonly file: TreeFile;
  readonly document?: Document;
  /** Instead of it. */
  readonly fault?: ManifestFault;
}

/** An object of Kubernetes: it says its kind. */
export interface ReadObject {
  readonly file: string;
  readonly value: Mapping;
  readonly kind: string;
  /** `metadata.name`, where that is a text. */
  readonly name: string;
}

/** @returns the first document of the file, or what keeps it from being read */
export function readTreeFile(root: string, file: TreeFile): ReadFile {
  if (file.otherKind) return { file, fault: fileFault(`This is ${file.otherKind}`) };
  try {
    return { file, document: readDocument(readFileSync(path.join(root, file.name))) };
  } catch (error) {
    if (error instanceof ManifestFault) return { file, fault: error };
    return { file, fault: fileFault(`The file cannot be read: ${(error as Error).message.split(',')[0]}`) };
  }
}

function fileFault(message: string): ManifestFault {
  return new ManifestFault(message, { line: 1, column: 1 });
}

/** The objects of one folder, which its bundles share. */
export class Folder {
  readonly objects: readonly ReadObject[];
  readonly #json = new Map<ReadObject, string>();
  #csvs:
    | ReadonlyMap<ReadObject, { readonly csv: Csv | undefined; readonly faults: readonly CsvFault[] }>
    | undefined;
  #definitions: { faults: { file: string; fault: ManifestFault }[]; apis: Api[] } | undefined;

  constructor(files: readonly ReadFile[]) {
    this.objects = files.flatMap(({ file, document }) => {
      const value = document?.value;
      const kind = textOf(at(value, 'kind'));
      if (!isMapping(value) || kind === '') return [];
      return [{ file: file.name, value, kind, name: textOf(at(value, 'metadata', 'name')) }];
    });
  }

  get csvObjects(): readonly ReadObject[] {
    return this.objects.filter(isCsv);
  }

  /** What a CSV holds, and what is wrong with it. */
  csv(object: ReadObject): { readonly csv: Csv | undefined; readonly faults: readonly CsvFault[] } {
    this.#csvs ??= new Map(this.csvObjects.map((one) => [one, readCsv(one.value)]));
    return this.#csvs.get(object) ?? readCsv(object.value);
  }

  /** The definitions of resources: what they provide, and what is wrong with them. */
  get definitions(): {
    readonly faults: readonly { file: string; fault: ManifestFault }[];
    readonly apis: readonly Api[];
  } {
    this.#definitions ??= this.#readDefinitions();
    return this.#definitions;
  }

  /** All objects but the CSVs of other bundles, as they are stored. */
  json(csv: ReadObject): { csv: string; objects: string } {
    const own = this.objects.filter((object) => !isCsv(object) || object.name === csv.name);
    return { csv: this.#textOf(csv), objects: own.map((object) => this.#textOf(object)).join('') };
  }

  #textOf(object: ReadObject): string {
    const known = this.#json.get(object);
    if (known !== undefined) return known;
    const text = `${goJson(object.value)}\n`;
    this.#json.set(object, text);
    return text;
  }

  #readDefinitions() {
    const all: { faults: { file: string; fault: ManifestFault }[]; apis: Api[] } = { faults: [], apis: [] };
    for (const { file, value, kind } of this.objects) {
      if (kind !== 'CustomResourceDefinition') continue;
      const { faults, apis } = readCrd(value);
      all.apis.push(...apis);
      all.faults.push(...faults.map((fault) => ({ file, fault })));
    }
    return all;
  }
}

function isCsv({ kind }: ReadObject): boolean {
  return kind === 'ClusterServiceVersion';
}
