import type { Api } from './crd.ts';
import { installShape } from './deployment.ts';
import { ManifestFault } from './fault.ts';
import { type Property, readProperties } from './properties.ts';
import { faultsOf, list, metadata, object, text } from './shape.ts';
import {
  at,
  fieldOf,
  isList,
  isMapping,
  itemsOf,
  type Mapping,
  type Path,
  textOf,
  type Value,
} from './value.ts';

/** What the tables take from a ClusterServiceVersion. Texts that are not there are "". */
export interface Csv {
  readonly name: string;
  readonly version: string;
  readonly skipRange: string;
  readonly replaces: string;
  readonly skips: readonly string[];
  readonly substitutesFor: string;
  /** Of its deployments, and those that it says are related. */
  readonly images: readonly string[];
  /** The APIs of its API services, which need no definition beside them. */
  readonly ownedServices: readonly Api[];
  readonly requiredApis: readonly Api[];
  /** Those of which a definition has to be in the bundle, and where they are named. */
  readonly ownedCrds: readonly { readonly api: Api; readonly path: Path }[];
  readonly properties: readonly Property[];
}

/** What was found wrong, and whether the bundle goes into the database all the same, as the registry's tools have it. */
export interface CsvFault {
  readonly code:
    | 'manifest-type'
    | 'csv-without-name'
    | 'csv-without-spec'
    | 'api-name'
    | 'properties-invalid';
  readonly fault: ManifestFault;
  readonly isKept?: true;
}

const definition = object({ group: text, kind: text, name: text, version: text }, false);
const definitions = object({ owned: list(definition), required: list(definition) }, false);
const specShape = object({
  version: text,
  replaces: text,
  skips: list(text),
  customresourcedefinitions: definitions,
  apiservicedefinitions: definitions,
  relatedImages: list(object({ name: text, image: text }, false)),
});

/** Reads a CSV, or says what is wrong with it, all of it. Pure. */
export function readCsv(value: Mapping): { csv: Csv | undefined; faults: readonly CsvFault[] } {
  const type = (fault: ManifestFault): CsvFault => ({ code: 'manifest-type', fault });
  const faults: CsvFault[] = [
    ...faultsOf(text, value.apiVersion, ['apiVersion']),
    ...faultsOf(metadata, value.metadata, ['metadata']),
  ].map(type);
  const name = textOf(at(value, 'metadata', 'name'));
  if (name === '' && !faults.some(({ fault }) => fault.path?.join('.') === 'metadata.name')) {
    faults.push({
      code: 'csv-without-name',
      fault: new ManifestFault('This ClusterServiceVersion has no metadata.name', {
        path: ['metadata', 'name'],
      }),
    });
  }
  const spec = at(value, 'spec');
  if (!isMapping(spec)) {
    const what = spec === undefined || spec === null ? 'has no spec' : 'has a spec that is no object';
    faults.push({
      code: 'csv-without-spec',
      fault: new ManifestFault(`This ClusterServiceVersion ${what}`, { path: ['spec'] }),
    });
    return { csv: undefined, faults };
  }
  faults.push(...[specShape, installShape].flatMap((shape) => faultsOf(shape, spec, ['spec'])).map(type));
  if (faults.length > 0) return { csv: undefined, faults };
  return readSound(value, spec, name);
}

/** Of what has the right types. */
function readSound(value: Mapping, spec: Mapping, name: string): ReturnType<typeof readCsv> {
  const faults: CsvFault[] = [];
  const annotations = at(value, 'metadata', 'annotations');
  const annotation = (key: string) => textOf(at(annotations, key));
  const crds = (which: 'owned' | 'required') =>
    definitionsOf(spec, 'customresourcedefinitions', which).flatMap(({ fields, path }) => {
      const api = apiOf(fields);
      if (api) return [{ api, path }];
      const message = `The name of a definition is its plural and its group, as foos.example.com, and not "${fields.name}"`;
      const fault = new ManifestFault(message, { path: [...path, 'name'] });
      // The tools report an owned one, and take the bundle.
      faults.push({ code: 'api-name', fault, ...(which === 'owned' && { isKept: true }) });
      return [];
    });
  const services = (which: 'owned' | 'required') =>
    definitionsOf(spec, 'apiservicedefinitions', which).map(({ fields: { name: plural, ...rest } }) => ({
      ...rest,
      plural,
    }));
  const path = ['metadata', 'annotations', 'olm.properties'];
  let properties: readonly Property[] = [];
  try {
    if (isMapping(annotations) && Object.hasOwn(annotations, 'olm.properties')) {
      properties = readProperties(annotation('olm.properties'));
    }
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    faults.push({ code: 'properties-invalid', fault: new ManifestFault(error.message, { path }) });
  }
  const ownedCrds = crds('owned');
  const requiredApis = unique([...crds('required').map(({ api }) => api), ...services('required')]);
  if (faults.some(({ isKept }) => !isKept)) return { csv: undefined, faults };
  const skips = at(spec, 'skips');
  const csv: Csv = {
    name,
    version: textOf(at(spec, 'version')),
    skipRange: annotation('olm.skipRange'),
    replaces: textOf(at(spec, 'replaces')),
    skips: isList(skips) ? skips.map(textOf) : [],
    substitutesFor: annotation('olm.substitutesFor'),
    images: imagesOf(spec),
    ownedServices: unique(services('owned')),
    requiredApis,
    ownedCrds,
    properties,
  };
  return { csv, faults };
}

/** What a csv says of an API: of a definition its name is its plural and its group. */
export interface Definition {
  readonly fields: Readonly<Record<'group' | 'kind' | 'name' | 'version', string>>;
  readonly path: Path;
}

/** What a csv declares. Pure. */
export function definitionsOf(
  spec: Value | undefined,
  section: string,
  which: 'owned' | 'required',
): Definition[] {
  const found = fieldOf(at(spec, section), which);
  return itemsOf(found).map((item, index) => {
    const field = (name: string) => textOf(fieldOf(item, name));
    const fields = {
      group: field('group'),
      kind: field('kind'),
      name: field('name'),
      version: field('version'),
    };
    return { fields, path: ['spec', section, which, index] };
  });
}

/** The API of a definition; undefined where its name has no dot. Pure. */
export function apiOf({ name, version, kind }: Definition['fields']): Api | undefined {
  const dot = name.indexOf('.');
  if (dot < 0) return undefined;
  return { group: name.slice(dot + 1), version, kind, plural: name.slice(0, dot) };
}

/** Each image once; a deployment counts where the strategy is one that the tools know. */
export function imagesOf(spec: Value | undefined): readonly string[] {
  const images = itemsOf(at(spec, 'relatedImages')).map((item) => textOf(fieldOf(item, 'image')));
  const install = fieldOf(spec, 'install');
  if (fieldOf(install, 'strategy') === 'deployment') {
    for (const one of itemsOf(fieldOf(fieldOf(install, 'spec'), 'deployments'))) {
      const pod = fieldOf(fieldOf(fieldOf(one, 'spec'), 'template'), 'spec');
      for (const kind of ['containers', 'initContainers']) {
        for (const container of itemsOf(fieldOf(pod, kind))) images.push(textOf(fieldOf(container, 'image')));
      }
    }
  }
  return [...new Set(images)];
}

/** Each API once. Pure. */
export function unique(apis: readonly Api[]): readonly Api[] {
  const key = ({ group, version, kind, plural }: Api) => JSON.stringify([group, version, kind, plural]);
  return [...new Map(apis.map((api) => [key(api), api])).values()];
}
