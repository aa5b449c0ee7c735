import { entries } from './entry.ts';

/** What is wrong with the manifests of operators, and what keeps a registry from being made of them. */
export const operatorErrors = entries({
  'api-name': {
    means:
      'A CSV names a definition of a resource by something else than its plural and its group, with a dot between them.',
    remedy: 'Write the name of the CustomResourceDefinition, such as `foos.example.com`.',
    example:
      'a/1/a.yaml:14:9: error: The name of a definition is its plural and its group, as foos.example.com, and not "foos". [api-name]',
  },
  'bundle-unreadable': {
    means:
      'The objects that a registry holds for a bundle are no JSON, so that an export would lose some of them. Nothing was written.',
    remedy:
      'Load the bundle again from its manifests, or export the other packages: `npx registry-jobs operators export index.db --package etcd`.',
    example:
      'error: The objects of bundle "etcd.v1" of package "etcd" are no JSON. Nothing was written. [bundle-unreadable]',
  },
  'bundle-twice': {
    means: 'Two folders hold a ClusterServiceVersion of the same name. The one that is read first counts.',
    remedy: 'Give one of them another `metadata.name`, or remove its folder.',
    example: 'a/2/a.yaml:4:3: error: Bundle "a.v1" is in a/1/a.yaml already. [bundle-twice]',
  },
  'channel-head-missing': {
    means:
      'A channel names as its head (`currentCSV`) a bundle that is not in the tree, or that something is wrong with.',
    remedy: 'Correct the name, or the bundle: its own faults are told as well.',
    example:
      'a/a.package.yaml:3:18: error: Channel "stable" of package "a" has the head "a.v3", which is no bundle of this tree. [channel-head-missing]',
  },
  'channel-twice': {
    means: 'A package has two channels of one name.',
    remedy: 'Remove one of them, or give it another name.',
    example: 'a/a.package.yaml:4:4: error: Channel "stable" is there twice in package "a". [channel-twice]',
  },
  'config-map': {
    means:
      'A ConfigMap of manifests is not as it has to be: `customResourceDefinitions`, `clusterServiceVersions` and `packages` each hold a list as text, and no definition is there twice.',
    remedy: 'Correct it at that place.',
    example:
      'registry.yaml:5:1: error: The ConfigMap has no key "packages", which holds a list as text. [config-map]',
  },
  'crd-missing': {
    means:
      'A CSV says that it owns a definition of a resource, and no file of its folder defines it with this group, version and kind.',
    remedy: 'Put the file of the CustomResourceDefinition beside the CSV, or correct what the CSV says.',
    example:
      'a/1/a.yaml:14:7: error: Bundle "a.v1" owns x.io/v1/Foo (foos), which no file of its folder defines: there is none. [crd-missing]',
  },
  'csv-without-name': {
    means: 'A ClusterServiceVersion has no `metadata.name`, which is the name of its bundle.',
    remedy: 'Give it one, such as `etcdoperator.v0.9.4`.',
    example: 'a/1/a.yaml:1:1: error: This ClusterServiceVersion has no metadata.name. [csv-without-name]',
  },
  'csv-without-spec': {
    means: 'A ClusterServiceVersion has no `spec`, or one that is no object.',
    remedy: 'Write its `spec`; an empty one, `spec: {}`, is enough for a bundle without anything in it.',
    example: 'a/1/a.yaml:1:1: error: This ClusterServiceVersion has no spec. [csv-without-spec]',
  },
  'inspect-questions': {
    means:
      'Options of `operators inspect` were given that do not go together: one question at a time, a page of a channel only.',
    remedy: 'Ask one: `npx registry-jobs operators inspect index.db --images`.',
    example:
      'error: --html draws the graph of a channel: name its package and the channel. [inspect-questions]',
  },
  'invalid-api': {
    means:
      'What `operators inspect` was asked for is no API: group, version and kind, with slashes between them.',
    remedy: 'Write all three: `npx registry-jobs operators inspect index.db --provides example.com/v1/Foo`.',
    example: 'error: "Foo" names no API: it is group/version/kind. [invalid-api]',
  },
  'manifest-type': {
    means:
      'A field of a CSV or of a CustomResourceDefinition has the wrong type: a number where a text is wanted, say. The bundle cannot be loaded.',
    remedy:
      'Correct the field that is named; a number or a boolean that is meant as a text stands between quotes.',
    example: 'a/1/a.yaml:6:3: error: spec.version has to be a text, and is 1, a number. [manifest-type]',
  },
  'manifest-unreadable': {
    means:
      'A file of the tree is no manifest: no YAML or JSON, no object, empty, or a link to a folder. Names that begin with a dot are left out, all others are read.',
    remedy: 'Correct the file, or move it out of the tree: a README does not belong there.',
    example: 'a/empty.yaml:1:1: error: The file is empty. [manifest-unreadable]',
  },
  'manifests-folder': {
    means: 'What was named as the folder of manifests is none and no ConfigMap, or cannot be read.',
    remedy: 'Name a folder that holds the packages: `npx registry-jobs operators check manifests`.',
    example: 'error: manifests is no folder that can be read. [manifests-folder]',
  },
  'manifests-wrong': {
    means:
      'A folder of manifests that was to be compared has errors, so that no registry could be made of it.',
    remedy: 'See all of it, with file and line: `npx registry-jobs operators check manifests`.',
    example:
      'error: 2 errors in the manifests of manifests: Channel "stable" of package "a" has no head (currentCSV). [manifests-wrong]',
  },
  'no-default-channel': {
    means: 'A package has no channels, or several and none of them is its `defaultChannel`.',
    remedy: 'Name one of its channels as `defaultChannel`.',
    example:
      'a/a.package.yaml:1:1: error: Package "a" has several channels and no defaultChannel. [no-default-channel]',
  },
  'no-path': {
    means: 'What was named as a file or a folder is no path: it is empty, `:memory:`, or a URL.',
    remedy: 'Name the path: `npx registry-jobs operators inspect index.db`.',
    example:
      'error: sqlite:./index.db is a URL, and commands of operator registries take the path of a file. [no-path]',
  },
  'properties-invalid': {
    means:
      'The annotation `olm.properties` of a CSV is no JSON list of objects with `type` and `value`, or a value that is known has another shape.',
    remedy: 'Correct it, for example: `[{"type": "olm.label", "value": {"label": "beta"}}]`.',
    example:
      'a/1/a.yaml:6:5: error: The annotation olm.properties is no JSON: a value is missing. [properties-invalid]',
  },
  'registry-inside': {
    means:
      'The database would be in the folder of the manifests that it is made of, whose files are all read as manifests.',
    remedy:
      'Name a file beside the folder: `npx registry-jobs operators create manifests --database index.db`.',
    example:
      'error: manifests/index.db would be in the folder of the manifests, manifests, whose files are all read as manifests. Nothing was written. [registry-inside]',
  },
  'registry-exists': {
    means: 'The file that is to be made is there already. It was not touched.',
    remedy:
      'Name another file, or have it replaced: `npx registry-jobs operators create manifests --database index.db --replace`.',
    example: 'error: index.db is there already. [registry-exists]',
  },
  'registry-journal': {
    means:
      'A journal of SQLite is beside the file that is to be replaced: somebody works with it, or was stopped while he did. SQLite would play the journal into the new file.',
    remedy: 'Where nobody works with it, open it once, which puts it in order: `sqlite3 index.db .schema`.',
    example:
      'error: index.db-journal is beside index.db: somebody works with it, or was stopped while he did. [registry-journal]',
  },
  'replaces-cycle': {
    means: 'In a channel the bundles replace each other in a circle, or one replaces itself.',
    remedy: 'Correct `spec.replaces` of one of them: the oldest bundle replaces nothing.',
    example:
      'a/1/a.yaml:7:3: error: Bundle "a.v1" replaces "a.v2", which leads back to it in channel "stable". [replaces-cycle]',
  },
  'replaces-missing': {
    means: 'A bundle of a channel replaces one that is not in the tree, or that something is wrong with.',
    remedy:
      'Add the bundle, or correct `spec.replaces`. What is only to be left out can stand in `spec.skips`.',
    example:
      'a/2/a.yaml:7:3: error: Bundle "a.v2" of channel "stable" replaces "a.v1", which is no bundle of this tree. [replaces-missing]',
  },
  'substitutes-for': {
    means:
      'A CSV has the annotation `olm.substitutesFor`, which the tools of the registry take as an experiment only; or it was allowed, and makes no sense: a circle, or two of the same version.',
    remedy:
      'Take the annotation out, and use `spec.replaces` or `spec.skips`. To allow it: `npx registry-jobs operators add index.db etcd/1.1.0 --image quay.io/coreos/etcd:v1.1.0 --substitutes-for`.',
    example:
      'a/2/a.yaml:6:5: error: Bundle "a.v1-r" stands in for "a.v1", which only an experiment of the registry\'s tools allows. [substitutes-for]',
  },
  'two-csvs': {
    means: 'Two files of one folder hold a ClusterServiceVersion of the same name: neither is a bundle.',
    remedy: 'Remove one of the files.',
    example:
      'a/1/b.yaml:4:3: error: Two files of one folder hold the ClusterServiceVersion "a.v1", this one and a/1/a.yaml. [two-csvs]',
  },
  'unknown-bundle': {
    means: 'A registry has no bundle of the name, or the image, that was given.',
    remedy: 'See which there are: `npx registry-jobs operators inspect index.db etcd`.',
    example: 'error: index.db has no bundle "etcd.v9". [unknown-bundle]',
  },
  'unknown-channel': {
    means: 'A package of a registry has no channel of the name that was given.',
    remedy: 'See which there are: `npx registry-jobs operators inspect index.db etcd`.',
    example: 'error: Package "etcd" of index.db has no channel "stabel". [unknown-channel]',
  },
  'unknown-package': {
    means: 'A registry has no package of the name that was given.',
    remedy: 'See which there are: `npx registry-jobs operators inspect index.db`.',
    example: 'error: index.db has no package "etdc". [unknown-package]',
  },
});
