import { ManifestFault } from './fault.ts';
import { goJson } from './go-json.ts';
import {
  either,
  faultsOf,
  flag,
  later,
  list,
  mapOf,
  metadata,
  moment,
  number,
  object,
  objectAsItIs,
  type Shape,
  text,
  whole,
} from './shape.ts';
import { at, isList, type Mapping, textOf, type Value } from './value.ts';

/** An API by its names. */
export interface Api {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

const any: Shape = () => {};
const schema: Shape = later(() => schemaFields);
const isFlag = (value: Value) => typeof value === 'boolean';
const schemaOrFlag = either(isFlag, flag, schema);
const schemaFields = object({
  ...Object.fromEntries(
    ['id', '$schema', '$ref', 'description', 'type', 'format', 'title', 'pattern'].map((key) => [key, text]),
  ),
  ...Object.fromEntries(
    ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'].map((key) => [
      key,
      whole,
    ]),
  ),
  ...Object.fromEntries(['maximum', 'minimum', 'multipleOf'].map((key) => [key, number])),
  ...Object.fromEntries(
    [
      'exclusiveMaximum',
      'exclusiveMinimum',
      'uniqueItems',
      'nullable',
      'x-kubernetes-preserve-unknown-fields',
      'x-kubernetes-embedded-resource',
      'x-kubernetes-int-or-string',
    ].map((key) => [key, flag]),
  ),
  ...Object.fromEntries(['allOf', 'oneOf', 'anyOf'].map((key) => [key, list(schema)])),
  ...Object.fromEntries(
    ['properties', 'patternProperties', 'definitions'].map((key) => [key, mapOf(schema)]),
  ),
  enum: list(any),
  required: list(text),
  items: either(isList, list(schema), schema),
  not: schema,
  additionalProperties: schemaOrFlag,
  additionalItems: schemaOrFlag,
  dependencies: mapOf(either(isList, list(text), schema)),
  externalDocs: object({ description: text, url: text }),
  'x-kubernetes-list-map-keys': list(text),
  'x-kubernetes-list-type': text,
  'x-kubernetes-map-type': text,
  'x-kubernetes-validations': list(
    object({ rule: text, message: text, messageExpression: text, reason: text }),
  ),
});

const names = object({
  plural: text,
  singular: text,
  shortNames: list(text),
  kind: text,
  listKind: text,
  categories: list(text),
});
const subresources = object({
  status: objectAsItIs,
  scale: object({ specReplicasPath: text, statusReplicasPath: text, labelSelectorPath: text }),
});
const validation = object({ openAPIV3Schema: schema });
const columns = list(
  object({
    name: text,
    type: text,
    format: text,
    description: text,
    priority: whole,
    jsonPath: text,
    JSONPath: text,
  }),
);
const version = object({
  name: text,
  served: flag,
  storage: flag,
  deprecated: flag,
  deprecationWarning: text,
  schema: validation,
  subresources,
  additionalPrinterColumns: columns,
});
const clientConfig = object({
  url: text,
  caBundle: text,
  service: object({ namespace: text, name: text, path: text, port: whole }),
});
const crd = object({
  metadata,
  spec: object({
    group: text,
    version: text,
    names,
    scope: text,
    versions: list(version),
    validation,
    subresources,
    additionalPrinterColumns: columns,
    preserveUnknownFields: flag,
    conversion: object({
      strategy: text,
      webhook: object({ clientConfig, conversionReviewVersions: list(text) }),
      webhookClientConfig: clientConfig,
      conversionReviewVersions: list(text),
    }),
  }),
  status: object({
    conditions: list(
      object({ type: text, status: text, lastTransitionTime: moment, reason: text, message: text }),
    ),
    acceptedNames: names,
    storedVersions: list(text),
  }),
});

const GROUP = 'apiextensions.k8s.io';

/** What is wrong with a CustomResourceDefinition, and the APIs that it provides. Pure. */
export function readCrd(value: Mapping): { faults: ManifestFault[]; apis: Api[] } {
  const [group, apiVersion] = splitVersion(value.apiVersion);
  if (apiVersion !== 'v1' && apiVersion !== 'v1beta1') return { faults: [], apis: [] };
  if (group !== GROUP) {
    const message = `apiVersion has to be ${GROUP}/${apiVersion} for a CustomResourceDefinition`;
    return { faults: [new ManifestFault(message, { path: ['apiVersion'] })], apis: [] };
  }
  const faults = faultsOf(crd, value, []);
  if (faults.length > 0) return { faults, apis: [] };
  return { faults: [], apis: [...apisOfDefinition(value)] };
}

/** The APIs that a CustomResourceDefinition provides, whatever else is wrong with it; none where it is of another kind of API. Pure. */
export function apisOfDefinition(value: Mapping): readonly Api[] {
  const [definitions, apiVersion] = splitVersion(value.apiVersion);
  if (definitions !== GROUP || (apiVersion !== 'v1' && apiVersion !== 'v1beta1')) return [];
  const spec = (...keys: string[]) => textOf(at(value, 'spec', ...keys));
  const versions = at(value, 'spec', 'versions');
  const found = (isList(versions) ? versions : []).map((one) => textOf(at(one, 'name')));
  // Before v1 there was one version, which may be told beside the list.
  const single = apiVersion === 'v1beta1' ? spec('version') : '';
  if (single !== '' && !found.includes(single)) found.push(single);
  const [kind, plural] = [spec('names', 'kind'), spec('names', 'plural')];
  return [...new Set(found)].map((name) => ({ group: spec('group'), version: name, kind, plural }));
}

/** An API as a property or a dependency of type olm.gvk has it. Pure. */
export function gvkOf({ group, kind, version }: Omit<Api, 'plural'>): string {
  return goJson({ group, kind, version });
}

function splitVersion(apiVersion: Value | undefined): readonly [string, string] {
  const parts = textOf(apiVersion).split('/');
  if (parts.length === 1) return ['', parts[0] ?? ''];
  return parts.length === 2 ? [parts[0] ?? '', parts[1] ?? ''] : ['', ''];
}
