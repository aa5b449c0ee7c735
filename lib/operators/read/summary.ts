import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { goJson } from '../manifests/go-json.ts';
import { at, isMapping, type Value } from '../manifests/value.ts';
import { BundleReader, parsed, type StoredBundle } from './bundle.ts';
import { type ChannelGraph, readChannels, readDeprecated, readPackages } from './graph.ts';

/** Of a bundle what two registries can differ in: each field as a set of texts. What "" and NULL tell apart nobody sees. */
export type BundleSummary = ReadonlyMap<string, readonly string[]>;

/** What two registries are compared by; small, whatever the manifests are. */
export interface RegistrySummary {
  readonly packages: ReadonlyMap<
    string,
    { readonly defaultChannel: string; readonly channels: ReadonlyMap<string, ChannelGraph> }
  >;
  readonly bundles: ReadonlyMap<string, BundleSummary>;
}

/** Reads what a registry is compared by, one bundle after the other. */
export function summarize(database: DatabaseSync): RegistrySummary {
  const deprecated = readDeprecated(database);
  const packages = new Map(
    readPackages(database).map((row) => {
      const channels = readChannels(database, row, deprecated).map((one) => [one.name, one] as const);
      return [row.name, { defaultChannel: row.defaultChannel, channels: new Map(channels) }] as const;
    }),
  );
  const reader = new BundleReader(database);
  const rows = database
    .prepare(
      'SELECT name, skiprange, replaces, skips, substitutesfor FROM operatorbundle WHERE name IS NOT NULL',
    )
    .all();
  const bundles = new Map(
    rows.map((row) => {
      const name = String(row.name);
      const columns = {
        'skip range': row.skiprange,
        replaces: row.replaces,
        skips: row.skips,
        'substitutes for': row.substitutesfor,
      };
      const own = Object.entries(columns).map(([key, value]) => [key, texts(value)] as const);
      const fields = [...own, ...fieldsOf(reader.read(name))];
      const isDeprecated = ['deprecated', deprecated.has(name) ? ['yes'] : []] as const;
      return [name, new Map([...fields, isDeprecated])] as const;
    }),
  );
  return { packages, bundles };
}

function texts(value: unknown): string[] {
  return value === null || value === '' ? [] : [String(value)];
}

function fieldsOf(bundle: StoredBundle): (readonly [string, readonly string[]])[] {
  const set = (values: readonly string[]) => [...new Set(values)].sort();
  const typed = (all: StoredBundle['properties']) =>
    set(all.map(({ type, value }) => `${type} ${canonical(value)}`));
  const apis = (all: StoredBundle['provided']) =>
    set(all.map(({ group, version, kind }) => `${group}/${version}/${kind}`));
  return [
    ['version', texts(bundle.version)],
    ['image', texts(bundle.image)],
    ['images', set(bundle.relatedImages.map(({ image }) => image))],
    ['provided APIs', apis(bundle.provided)],
    ['required APIs', apis(bundle.required)],
    ['properties', typed(bundle.properties)],
    ['dependencies', typed(bundle.dependencies)],
    ...csvFields(bundle.csvText),
    ['objects', set(bundle.objects.map(objectName))],
  ];
}

/** Each field of the csv by a digest: which one differs can be said without having it. */
function csvFields(csvText: string): (readonly [string, readonly string[]])[] {
  const csv = parsed(csvText);
  if (csv === undefined) return [['csv', texts(csvText === '' ? '' : digest(csvText))]];
  const below = (key: string): (readonly [string, readonly string[]])[] => {
    const value = at(csv, key);
    if (!isMapping(value)) return value === undefined ? [] : [[`csv ${key}`, [digest(goJson(value))]]];
    return Object.entries(value).map(([name, one]) => [`csv ${key}.${name}`, [digest(goJson(one))]]);
  };
  return isMapping(csv) ? Object.keys(csv).flatMap(below) : [['csv', [digest(csvText)]]];
}

/** The csv among the objects is compared by its fields. */
function objectName(json: string): string {
  const value = parsed(json) ?? null;
  const kind = String(at(value, 'kind') ?? 'object');
  const name = `${kind} ${String(at(value, 'metadata', 'name') ?? '')}`.trim();
  return kind === 'ClusterServiceVersion' ? name : `${name} (${digest(goJson(value))})`;
}

/** With its keys in order; what Go escapes is shown as it is. */
function canonical(json: string): string {
  const value: Value | undefined = parsed(json);
  if (value === undefined) return json;
  return goJson(value).replace(/\\u00(3c|3e|26)/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
