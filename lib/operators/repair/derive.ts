import { type Json, objectOf, objectsOf, textOf } from './documents.ts';

/** What names an API, with the plural that its objects are called by. */
export interface Api {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

/** The columns of a bundle that its csv says; "" where it says nothing. Pure. */
export function deriveColumns(csv: Json) {
  const spec = objectOf(csv.spec);
  const annotations = objectOf(objectOf(csv.metadata).annotations);
  const skips = Array.isArray(spec.skips) ? spec.skips.filter((it) => typeof it === 'string') : [];
  return {
    version: textOf(spec.version),
    skiprange: textOf(annotations['olm.skipRange']),
    replaces: textOf(spec.replaces),
    skips: skips.join(','),
    substitutesfor: textOf(annotations['olm.substitutesFor']),
  };
}

/** The images that a csv needs: of its containers, where it is installed as a Deployment, and those that it names. Pure. */
export function deriveImages(csv: Json): ReadonlySet<string> {
  const spec = objectOf(csv.spec);
  const install = objectOf(spec.install);
  const deployments = install.strategy === 'deployment' ? objectsOf(objectOf(install.spec).deployments) : [];
  const containers = deployments.flatMap((deployment) => {
    const pod = objectOf(objectOf(objectOf(deployment.spec).template).spec);
    return [...objectsOf(pod.containers), ...objectsOf(pod.initContainers)];
  });
  const images = [...containers, ...objectsOf(spec.relatedImages)].map(({ image }) => textOf(image));
  return new Set(images.filter((image) => image !== ''));
}

/** The APIs that a csv requires. Pure. */
export function deriveRequired(csv: Json): readonly Api[] {
  return declared(csv, 'required');
}

/**
 * The APIs that a bundle provides: every version of its definitions, and the API services that its csv owns. Where the definitions are not
 * there, those that the csv owns stand for them. Pure.
 *
 * @param documents the objects of the bundle; undefined where they cannot be read
 */
export function deriveProvided(csv: Json, documents: readonly Json[] | undefined): readonly Api[] {
  if (documents === undefined) return declared(csv, 'owned');
  return distinct([...documents.flatMap(apisOfDefinition), ...services(csv, 'owned')]);
}

const DEFINITIONS = ['apiextensions.k8s.io/v1', 'apiextensions.k8s.io/v1beta1'];

function apisOfDefinition(document: Json): Api[] {
  if (document.kind !== 'CustomResourceDefinition' || !DEFINITIONS.includes(textOf(document.apiVersion))) {
    return [];
  }
  const spec = objectOf(document.spec);
  const names = objectOf(spec.names);
  // Only the older one may have a single version beside, or instead of, the list.
  const single = document.apiVersion === DEFINITIONS[1] ? [textOf(spec.version)] : [];
  const versions = [...objectsOf(spec.versions).map(({ name }) => textOf(name)), ...single];
  return versions
    .filter((version) => version !== '')
    .map((version) => ({
      group: textOf(spec.group),
      version,
      kind: textOf(names.kind),
      plural: textOf(names.plural),
    }));
}

function declared(csv: Json, side: 'owned' | 'required'): readonly Api[] {
  const definitions = objectsOf(objectOf(objectOf(csv.spec).customresourcedefinitions)[side]);
  const apis = definitions.flatMap(({ name, version, kind }) => {
    // It is plural.group: without a dot it tells neither.
    const [, plural, group] = /^([^.]*)\.(.*)$/.exec(textOf(name)) ?? [];
    if (plural === undefined || group === undefined) return [];
    return [{ group, version: textOf(version), kind: textOf(kind), plural }];
  });
  return distinct([...apis, ...services(csv, side)]);
}

function services(csv: Json, side: 'owned' | 'required'): Api[] {
  return objectsOf(objectOf(objectOf(csv.spec).apiservicedefinitions)[side]).map(
    ({ name, group, version, kind }) => ({
      group: textOf(group),
      version: textOf(version),
      kind: textOf(kind),
      plural: textOf(name),
    }),
  );
}

/** The first of each key: with it goes the plural. */
function distinct(apis: readonly Api[]): readonly Api[] {
  const known = new Map<string, Api>();
  for (const api of apis) if (!known.has(keyOf(api))) known.set(keyOf(api), api);
  return [...known.values()];
}

/** What an API is told apart by. Pure. */
export function keyOf({ group, version, kind }: Omit<Api, 'plural'>): string {
  return JSON.stringify([group, version, kind]);
}

/** An API as a property or a dependency of type olm.gvk has it: keys in order, written as Go writes JSON. Pure. */
export function gvkOf({ group, kind, version }: Omit<Api, 'plural'>): string {
  return goJson(JSON.stringify({ group, kind, version }));
}

/** JSON as Go writes it, which escapes what could end a script in a page. Pure. */
export function goJson(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
