import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkOperators } from '../../lib/operators/check.ts';
import { createOperators } from '../../lib/operators/create.ts';
import { contentOf, inDatabase } from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Trees of published packages, and what the registry's own tools made of them; unpacked beside this checkout, or named by the variable. */
const samples =
  process.env.OPERATORS_SAMPLES ??
  path.resolve(import.meta.dirname, '../../../shared/operators/operators-samples');
const areThere = existsSync(path.join(samples, 'compare.py'));
if (!areThere) console.log(`No samples of operator registries in ${samples}: what needs them is not tested.`);

test.runIf(areThere)('the packages that are published become the same rows, byte for byte', async () => {
  const file = path.join(temporaryFolder(), 'index.db');
  const report = await createOperators(path.join(samples, 'manifests/migset'), file);
  expect(report).toMatchObject({ status: 'created', packages: 8, channels: 14, bundles: 48, findings: [] });
  expect(graphAside(file)).toEqual(graphAside(path.join(samples, 'expected/init-migset.db')));
});

/** The ids of entries are an order of writing. */
function graphAside(file: string) {
  const { channel_entry: _, ...content } = contentOf(file);
  const entries = inDatabase(file, (database) =>
    database
      .prepare(
        `SELECT e.channel_name, e.package_name, e.operatorbundle_name, e.depth, r.operatorbundle_name AS replaced, r.depth AS at
        FROM channel_entry e LEFT JOIN channel_entry r ON r.entry_id = e.replaces ORDER BY 2, 1, 4, 3, 5`,
      )
      .all(),
  );
  return { ...content, entries };
}

const verdicts = areThere ? readFileSync(path.join(samples, 'bad/summary.txt'), 'utf8').split('\n') : [];
const cases = areThere ? readdirSync(path.join(samples, 'bad')).filter((name) => /^\d\d-/.test(name)) : [];

test.runIf(areThere)(
  'trees that are wrong in forty ways get the same verdict, and the same rows where they are let pass',
  async () => {
    expect(cases).toHaveLength(40);
    for (const name of cases) {
      const tree = path.join(samples, 'bad', name);
      const { status, findings } = await checkOperators(tree);
      const strict = verdicts.find((line) => line.startsWith(`${name} [strict] `)) ?? '';
      expect([name, status === 'errors' ? 'rc=1' : 'rc=0']).toEqual([name, /rc=\d/.exec(strict)?.[0]]);
      for (const { location } of findings) expect(location?.line).toBeGreaterThan(0);
      const file = path.join(temporaryFolder(), 'index.db');
      await createOperators(tree, file, { permissive: true });
      const rows = [...strict.matchAll(/ (\w+)=(\d+)/g)].filter(([, table]) => table !== 'rc');
      const counts = inDatabase(file, (database) =>
        rows.map(([, table]) => [
          table,
          String(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
        ]),
      );
      expect([name, counts]).toEqual([name, rows.map(([, table, count]) => [table, count])]);
    }
  },
);
