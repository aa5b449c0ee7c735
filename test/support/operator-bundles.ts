import path from 'node:path';
import { createOperators } from '../../lib/operators/create.ts';
import { type BundleText, csvOf, packageOf, treeOf } from './operator-trees.ts';

/** What a bundle of a test says besides. */
export interface NewBundleText extends BundleText {
  readonly channels: string;
  readonly package?: string;
  readonly default?: string;
  /** More files below its folder. */
  readonly files?: Readonly<Record<string, string>>;
}

const PREFIX = 'operators.operatorframework.io.bundle.';

/** The files of a folder of a bundle, below a folder of that name. */
export function bundleFiles(folder: string, name: string, text: NewBundleText): Record<string, string> {
  const annotations = {
    'package.v1': text.package ?? 'a',
    'channels.v1': text.channels,
    ...(text.default !== undefined && { 'channel.default.v1': text.default }),
  };
  const lines = Object.entries(annotations).map(([key, value]) => `  ${PREFIX}${key}: "${value}"\n`);
  const files: Record<string, string> = {
    'manifests/a.csv.yaml': csvOf(name, text),
    'metadata/annotations.yaml': `annotations:\n${lines.join('')}`,
    ...text.files,
  };
  return Object.fromEntries(Object.entries(files).map(([file, one]) => [path.join(folder, file), one]));
}

/** Folders of bundles, by their names; each has the folder of its name. */
export function bundlesOf(bundles: Readonly<Record<string, NewBundleText>>): string {
  return treeOf(
    Object.assign({}, ...Object.entries(bundles).map(([name, text]) => bundleFiles(name, name, text))),
  );
}

/** The sources of all folders, with an image each. */
export function sourcesOf(names: readonly string[]): { directory: string; image: string }[] {
  return names.map((name) => ({ directory: name, image: `quay.io/me/${name}` }));
}

/** A registry of one package with a chain, beside the folders of bundles. */
export async function registryBeside(root: string, tree = chain, replace = false): Promise<string> {
  const file = path.join(root, 'index.db');
  const report = await createOperators(treeOf(tree), file, { replace });
  if (report.status !== 'created') throw new Error(JSON.stringify(report.findings));
  return file;
}

export const chain: Readonly<Record<string, string>> = {
  'a.package.yaml': packageOf('a', { stable: 'a.v2' }),
  '1/a.yaml': csvOf('a.v1', { version: '1.0.0' }),
  '2/a.yaml': csvOf('a.v2', { version: '2.0.0', replaces: 'a.v1' }),
};
