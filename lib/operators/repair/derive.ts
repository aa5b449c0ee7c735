import { type Api, apisOfDefinition } from '../manifests/crd.ts';
import { apiOf, definitionsOf, imagesOf } from '../manifests/csv.ts';
import { at, itemsOf, type Mapping, textOf } from '../manifests/value.ts';

/** The columns of a bundle that its csv says; "" where it says nothing. Pure. */
export function deriveColumns(csv: Mapping) {
  const spec = (key: string) => textOf(at(csv, 'spec', key));
  const annotation = (key: string) => textOf(at(csv, 'metadata', 'annotations', key));
  const skips = itemsOf(at(csv, 'spec', 'skips')).filter((it) => typeof it === 'string');
  return {
    version: spec('version'),
    skiprange: annotation('olm.skipRange'),
    replaces: spec('replaces'),
    skips: skips.join(','),
    substitutesfor: annotation('olm.substitutesFor'),
  };
}

/** The images that a csv needs: of its containers, where it is installed as a Deployment, and those that it names. Pure. */
export function deriveImages(csv: Mapping): ReadonlySet<string> {
  return new Set(imagesOf(at(csv, 'spec')).filter((image) => image !== ''));
}

/** The APIs that a csv requires. Pure. */
export function deriveRequired(csv: Mapping): readonly Api[] {
  return declared(csv, 'required');
}

/**
 * The APIs that a bundle provides: every version of its definitions, and the API services that its csv owns. Where the definitions are not
 * there, those that the csv owns stand for them. Pure.
 *
 * @param documents the objects of the bundle; undefined where they cannot be read
 */
export function deriveProvided(csv: Mapping, documents: readonly Mapping[] | undefined): readonly Api[] {
  if (documents === undefined) return declared(csv, 'owned');
  return distinct([...documents.flatMap(ofDefinition), ...services(csv, 'owned')]);
}

/** Of one that is not at fault for what else it holds: it was loaded long ago. */
function ofDefinition(document: Mapping): readonly Api[] {
  if (document.kind !== 'CustomResourceDefinition') return [];
  return apisOfDefinition(document).filter(({ version }) => version !== '');
}

function declared(csv: Mapping, side: 'owned' | 'required'): readonly Api[] {
  const definitions = definitionsOf(at(csv, 'spec'), 'customresourcedefinitions', side);
  return distinct([...definitions.flatMap(({ fields }) => apiOf(fields) ?? []), ...services(csv, side)]);
}

function services(csv: Mapping, side: 'owned' | 'required'): readonly Api[] {
  return definitionsOf(at(csv, 'spec'), 'apiservicedefinitions', side).map(
    ({ fields: { name: plural, ...rest } }) => ({ ...rest, plural }),
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
