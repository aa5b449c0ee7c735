import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder } from './temporary-folder.ts';

/** Writes files below a new folder. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = path.join(temporaryFolder(), 'manifests');
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** What a bundle of a test says besides its name. */
export interface BundleText {
  readonly version?: string;
  readonly replaces?: string;
  readonly skips?: readonly string[];
  /** Lines below `metadata`. */
  readonly metadata?: readonly string[];
  /** Lines below `spec`. */
  readonly spec?: readonly string[];
}

/** A CSV in as few lines as may be. */
export function csvOf(
  name: string,
  { version, replaces, skips, metadata = [], spec = [] }: BundleText = {},
): string {
  const lines = [
    ...(version === undefined ? [] : [`version: ${version}`]),
    ...(replaces === undefined ? [] : [`replaces: ${replaces}`]),
    ...(skips === undefined ? [] : [`skips: [${skips.join(', ')}]`]),
    ...spec,
  ];
  return [
    'apiVersion: operators.coreos.com/v1alpha1',
    'kind: ClusterServiceVersion',
    'metadata:',
    `  name: ${name}`,
    ...metadata.map((line) => `  ${line}`),
    lines.length === 0 ? 'spec: {}' : 'spec:',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

export function crdOf(plural: string, group: string, version: string, kind: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.${group}}
spec:
  group: ${group}
  names: {kind: ${kind}, plural: ${plural}}
  scope: Namespaced
  versions: [{name: ${version}, served: true, storage: true}]
`;
}

/** Channels by their heads. */
export function packageOf(
  name: string,
  channels: Readonly<Record<string, string>>,
  defaultChannel?: string,
): string {
  return [
    `packageName: ${name}`,
    'channels:',
    ...Object.entries(channels).map(([channel, head]) => `- {name: ${channel}, currentCSV: ${head}}`),
    ...(defaultChannel === undefined ? [] : [`defaultChannel: ${defaultChannel}`]),
    '',
  ].join('\n');
}

/** The rows of a query, each as its values. */
export function rowsIn(file: string, sql: string): readonly unknown[][] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  } finally {
    database.close();
  }
}
