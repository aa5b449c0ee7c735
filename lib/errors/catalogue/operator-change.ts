import { entries } from './entry.ts';

/** What keeps bundles from being added to an operator registry, removed from it, or deprecated. */
export const operatorChangeErrors = entries({
  'annotations-missing': {
    means:
      'The folder of a bundle has no annotations in `metadata`, or one that is needed is missing there: package and channels.',
    remedy:
      'Write `metadata/annotations.yaml`, with `operators.operatorframework.io.bundle.package.v1` and `.channels.v1`.',
    example:
      'etcd/1.0.0:1:1: error: No file of the folder "metadata" holds the annotations of the bundle. [annotations-missing]',
  },
  'bundle-exists': {
    means: 'A bundle of this name, or of this image, is in the registry already.',
    remedy:
      'Leave it out. Where it is the latest one and its image is new, replace it: `npx registry-jobs operators add index.db etcd/1.0.0 --image quay.io/me/etcd:v1.0.0-2 --overwrite-latest`.',
    example:
      'etcd/1.0.0/manifests/etcd.csv.yaml:4:3: error: Bundle "etcd.v1.0.0" is in index.db already. [bundle-exists]',
  },
  'bundle-folder': {
    means:
      'What was named as the folder of a bundle holds no folder `manifests`, or no ClusterServiceVersion in it.',
    remedy:
      'Name the folder that holds `manifests` and `metadata`: `npx registry-jobs operators add index.db etcd/1.0.0 --image quay.io/me/etcd:v1.0.0`.',
    example:
      'etcd:1:1: error: The folder of a bundle holds a folder "manifests", which is not here. [bundle-folder]',
  },
  'bundle-image': {
    means:
      'A bundle that is to be added has no image, or more than one. A cluster pulls it by that reference.',
    remedy:
      'Name one for each folder: `npx registry-jobs operators add index.db a b --image a=quay.io/me/a:v1 --image b=quay.io/me/b:v1`.',
    example: 'error: The bundle etcd/1.0.0 has no image. Nothing was done. [bundle-image]',
  },
  'bundle-metadata': {
    means:
      'The dependencies or properties of a bundle are no list of objects with `type` and `value`, or a value that is known has another shape.',
    remedy: 'Correct the file that is named.',
    example:
      'etcd/1.0.0/metadata/dependencies.yaml:1:1: error: dependencies has to be a list, and is a text. [bundle-metadata]',
  },
  'bundle-of-other-package': {
    means: 'A bundle replaces or skips one that stands in another package.',
    remedy: 'Correct `spec.replaces` or `spec.skips`, or the package that its annotations name.',
    example:
      'a/1/manifests/a.yaml:7:3: error: Bundle "a.v2" of package "a" replaces "b.v1", which is in package "b". [bundle-of-other-package]',
  },
  'bundle-pruned': {
    means:
      'A bundle could not be reached from the head of its channel any more, or never, once others are added.',
    remedy:
      'Let the head replace it, directly or along the chain, or let one skip it: `spec.replaces`, `spec.skips`.',
    example:
      'a/3/manifests/a.yaml:4:3: error: Bundle "a.v2" could no longer be reached in channel "stable" of package "a", whose head is "a.v3". [bundle-pruned]',
  },
  'bundle-version': {
    means:
      'The version of a bundle does not say where it belongs: it is no semantic version, or another one of the channel has it.',
    remedy: 'Correct `spec.version`.',
    example:
      'a/2/manifests/a.yaml:6:3: error: Bundle "a.v2" of channel "stable" has the version 1.0.0, which "a.v1" has already. [bundle-version]',
  },
  'default-channel-head': {
    means:
      'A bundle that is to be deprecated, or one below it, is the head of the default channel: the package would be left without it.',
    remedy: 'Deprecate an older one; to remove the package: `npx registry-jobs operators rm index.db etcd`.',
    example:
      'error: Bundle "etcd.v2" is the head of "stable", the default channel of package "etcd". Nothing was changed. [default-channel-head]',
  },
  'no-bundle': {
    means: 'A command was to add or deprecate bundles, and none was named.',
    remedy: 'Name one: `npx registry-jobs operators deprecate index.db etcd.v1.0.0`.',
    example: 'error: No bundle was named. Nothing was done. [no-bundle]',
  },
  'no-package': {
    means: 'Packages were to be removed, and none was named.',
    remedy: 'Name one: `npx registry-jobs operators rm index.db etcd`.',
    example: 'error: No package was named. Nothing was done. [no-package]',
  },
  'registry-dangling': {
    means: 'After a change rows of the registry would refer to what is not there. Nothing was changed.',
    remedy: 'Repair the file first: `npx registry-jobs operators repair index.db`.',
    example:
      'error: index.db was not changed: rows would refer to what is not there: 1 row of channel (operatorbundle). [registry-dangling]',
  },
});
