import { entries } from './entry.ts';

/** What keeps an operator registry from becoming a catalog of files. */
export const operatorCatalogErrors = entries({
  'catalog-channel-heads': {
    means:
      'A channel of a registry has no bundle, or not exactly one that no other one replaces or skips: readers of catalogs refuse the whole package.',
    remedy: 'Correct `spec.replaces` and `spec.skips` of the bundles that are named, and load them again.',
    example:
      'error: Channel "stable" of package "etcd" has 2 heads: "etcd.v1" and "etcd.v2" are neither replaced nor skipped. [catalog-channel-heads]',
  },
  'catalog-cycle': {
    means: 'In a channel of a registry bundles replace each other in a circle.',
    remedy: 'Correct `spec.replaces` of one of them, and load it again.',
    example:
      'error: Channel "stable" of package "etcd" goes in a circle: etcd.v1 replaces etcd.v2 replaces etcd.v1. [catalog-cycle]',
  },
  'catalog-default-channel': {
    means: 'A package of a registry has no default channel, or one that is none of its channels.',
    remedy: 'Name one of its channels in the package file, and load it again.',
    example: 'error: Package "etcd" has no default channel. [catalog-default-channel]',
  },
  'catalog-exists': {
    means: 'The file or the folder that a catalog is to be written to is there already. It was not touched.',
    remedy:
      'Name another one, or have a file replaced: `npx registry-jobs operators export index.db --output catalog.json --replace`.',
    example: 'error: catalog.json is there already. It was not touched. [catalog-exists]',
  },
  'catalog-stranded': {
    means:
      'From the head of a channel the chain of what replaces what does not lead to every bundle that is not skipped.',
    remedy: 'Let a bundle of the chain replace or skip those that are named, and load it again.',
    example:
      'error: Channel "stable" of package "etcd" does not lead from its head "etcd.v3" to "etcd.v1". [catalog-stranded]',
  },
  'catalog-version': {
    means: 'A bundle of a registry has no version, or one that is no semantic version: catalogs want one.',
    remedy:
      'Where the manifests inside say it, derive it again: `npx registry-jobs operators repair index.db`. Else correct `spec.version`, and load the bundle again.',
    example: 'error: Bundle "etcd.v1" of package "etcd" has no version. [catalog-version]',
  },
});
