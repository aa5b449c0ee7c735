import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { addOperators } from '../../lib/operators/change/add.ts';
import { rmOperators } from '../../lib/operators/change/rm.ts';
import { createOperators } from '../../lib/operators/create.ts';
import { rowsIn } from '../support/operator-trees.ts';
import { contentOf } from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Trees of published packages, and what the registry's own tools made of them; unpacked beside this checkout, or named by the variable. */
const samples =
  process.env.OPERATORS_SAMPLES ??
  path.resolve(import.meta.dirname, '../../../shared/operators/operators-samples');
const areThere = existsSync(path.join(samples, 'compare.py'));
if (!areThere) console.log(`No samples of operator registries in ${samples}: what needs them is not tested.`);

const bundle = (name: string, channels: string) => ({ name: `etcdoperator.v${name}`, channels });
const etcd = [
  bundle('0.9.2', 'alpha,stable'),
  bundle('0.6.1', 'alpha,beta,stable'),
  bundle('0.9.0', 'alpha,beta,stable'),
];
/** What of a package does not depend on whether its bundles have images. */
const QUERIES = [
  'SELECT * FROM package ORDER BY 1',
  'SELECT * FROM channel ORDER BY 2, 1',
  `SELECT one.package_name, one.channel_name, one.depth, one.operatorbundle_name, other.operatorbundle_name AS below
  FROM channel_entry AS one LEFT JOIN channel_entry AS other ON other.entry_id = one.replaces ORDER BY 1, 2, 3, 4, 5`,
  'SELECT name, hex(csv), hex(bundle), version, skiprange, replaces, skips FROM operatorbundle ORDER BY 1',
  'SELECT DISTINCT type, value, operatorbundle_name FROM properties ORDER BY 3, 1, 2',
  'SELECT type, hex(value), operatorbundle_name FROM dependencies ORDER BY 3, 1, 2',
  'SELECT * FROM api ORDER BY 1, 2, 3',
  'SELECT group_name, version, kind, operatorbundle_name FROM api_provider ORDER BY 4, 1, 2, 3',
];

test.runIf(areThere)(
  'a published package is removed without a trace, and added again it is what it was',
  async () => {
    const [expected, folder] = [path.join(samples, 'expected/init-migset.db'), temporaryFolder()];
    const [file, without, tree] = ['index.db', 'without.db', 'tree'].map((name) =>
      path.join(folder, name),
    ) as [string, string, string];
    copyFileSync(expected, file);
    await rmOperators(file, ['etcd'], { write: true });
    cpSync(path.join(samples, 'manifests/migset'), tree, {
      recursive: true,
      filter: (one) => !one.endsWith('/etcd'),
    });
    await createOperators(tree, without);
    const [{ channel_entry: _, ...left }, { channel_entry: __, ...wanted }] = [
      contentOf(file),
      contentOf(without),
    ];
    expect(left).toEqual(wanted);
    for (const one of etcd) writeBundle(path.join(folder, one.name), one);
    const report = await addOperators(
      file,
      etcd.map(({ name }) => ({ directory: name, image: `quay.io/me/${name}` })),
      { root: folder, write: true },
    );
    expect(report.findings).toEqual([]);
    for (const sql of QUERIES) expect(rowsIn(file, sql)).toEqual(rowsIn(expected, sql));
  },
);

/** Two of them share a folder in the tree, with their definitions. */
function writeBundle(to: string, { name, channels }: (typeof etcd)[number]): void {
  const from = path.join(samples, 'manifests/migset/etcd', name.endsWith('0.6.1') ? '0.6.1' : '0.9.2');
  for (const one of ['manifests', 'metadata']) mkdirSync(path.join(to, one), { recursive: true });
  const isOther = (file: string) => /\.v0\.9\.\d\./.test(file) && !file.startsWith(`${name}.`);
  for (const file of readdirSync(from).filter((one) => !isOther(one)))
    copyFileSync(path.join(from, file), path.join(to, 'manifests', file));
  const prefix = '  operators.operatorframework.io.bundle.';
  const text = `annotations:\n${prefix}package.v1: etcd\n${prefix}channels.v1: ${channels}\n${prefix}channel.default.v1: alpha\n`;
  writeFileSync(path.join(to, 'metadata/annotations.yaml'), text);
}
