import { RegistryJobsError } from '../../errors/error.ts';
import type { Value } from '../manifests/value.ts';
import { type BundleReader, parsed, type StoredBundle } from './bundle.ts';
import { catalogJson, propertiesOf } from './bundle-properties.ts';
import type { ChannelGraph, PackageRow } from './graph.ts';
import { layOutJson, layOutYaml } from './json-layout.ts';

/** A package with what of its channels goes into a catalog. */
export interface CatalogPackage {
  readonly row: PackageRow;
  readonly channels: readonly ChannelGraph[];
}

export type CatalogFormat = 'json' | 'yaml';

/**
 * The documents of a package, as JSON: the package, its channels, its bundles, what is deprecated. One after the other, so that no more than
 * one bundle is in memory.
 */
export function* documentsOf({ row, channels }: CatalogPackage, bundles: BundleReader): Generator<string> {
  const head = channels.find(({ isDefault }) => isDefault)?.head;
  const icon = head === undefined ? undefined : iconOf(bundles.read(head).csvText);
  yield catalogJson({
    schema: 'olm.package',
    name: row.name,
    defaultChannel: row.defaultChannel,
    ...(icon && { icon }),
  });
  for (const { name, packageName, entries } of channels) {
    yield catalogJson({
      schema: 'olm.channel',
      name,
      package: packageName,
      entries: entries.map(({ name: bundle, replaces, skips, skipRange }) => ({
        name: bundle,
        ...(replaces !== undefined && { replaces }),
        ...(skips.length > 0 && { skips }),
        ...(skipRange !== undefined && { skipRange }),
      })),
    });
  }
  for (const name of bundleNames(channels)) yield bundleDocument(bundles.read(name), row.name);
  const deprecated = bundleNames(channels, true);
  if (deprecated.length > 0) {
    yield catalogJson({
      schema: 'olm.deprecations',
      package: row.name,
      entries: deprecated.map((name) => ({
        reference: { schema: 'olm.bundle', name },
        message: `${name} is deprecated.`,
      })),
    });
  }
}

/** By name, each once. Pure. */
export function bundleNames(channels: readonly ChannelGraph[], deprecatedOnly = false): readonly string[] {
  const entries = channels.flatMap(({ entries: all }) => all);
  const wanted = deprecatedOnly ? entries.filter(({ isDeprecated }) => isDeprecated) : entries;
  const names = [...new Set(wanted.map(({ name }) => name))];
  return names.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

/** As it is written. Pure. */
export function layOut(document: string, format: CatalogFormat): string {
  return format === 'json' ? layOutJson(document) : layOutYaml(parsed(document) as Value);
}

/** Values of properties go in as they were written: a number keeps its digits. */
function bundleDocument(bundle: StoredBundle, packageName: string): string {
  if (!bundle.isWhole) {
    throw new RegistryJobsError(
      'bundle-unreadable',
      `The objects of bundle "${bundle.name}" of package "${packageName}" are no JSON. Nothing was written.`,
      { hint: 'Export the others, package by package, with --package, or load the bundle again.' },
    );
  }
  const properties = propertiesOf(bundle, packageName).map(
    ({ type, value }) => `{"type":${catalogJson(type)},"value":${value}}`,
  );
  const fields = [
    `"schema":"olm.bundle"`,
    `"name":${catalogJson(bundle.name)}`,
    `"package":${catalogJson(packageName)}`,
    `"image":${catalogJson(bundle.image)}`,
    `"properties":[${properties.join(',')}]`,
    ...(bundle.relatedImages.length > 0 ? [`"relatedImages":${catalogJson(bundle.relatedImages)}`] : []),
  ];
  return `{${fields.join(',')}}`;
}

function iconOf(csvText: string): { base64data: string; mediatype: string } | undefined {
  const csv = parsed(csvText) as { spec?: { icon?: unknown } } | undefined;
  const icons = csv?.spec?.icon;
  const [first] = Array.isArray(icons) ? icons : [];
  const { base64data, mediatype } = (first ?? {}) as { base64data?: unknown; mediatype?: unknown };
  if (typeof base64data !== 'string') return undefined;
  const plain = base64data.replaceAll(/\s/g, '');
  const base64 = Buffer.from(plain, 'base64').toString('base64');
  // A picture that is not what it says cannot be shown.
  if (base64.replace(/=+$/, '') !== plain.replace(/=+$/, '')) return undefined;
  return { base64data: base64, mediatype: typeof mediatype === 'string' ? mediatype : '' };
}
