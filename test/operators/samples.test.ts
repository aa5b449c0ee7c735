import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { migrateOperators } from '../../lib/operators/migrate.ts';
import { repairOperators } from '../../lib/operators/repair.ts';
import { contentOf, inDatabase } from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/*
 * Public operators as the registry's own tools of many releases stored them: too large for this repository. OPERATORS_SAMPLES names the
 * folder with old/ and expected/, or the archive of it.
 */
const given =
  process.env.OPERATORS_SAMPLES ??
  path.resolve(import.meta.dirname, '../../../shared/operators/samples.tar.xz');
const samples = unpacked(given);
const old = samples === undefined ? [] : readdirSync(path.join(samples, 'old'));

if (samples === undefined) {
  test.skip(`the samples of old releases are not here: OPERATORS_SAMPLES names ${given}`, () => {});
} else {
  const expected = path.join(samples, 'expected/init-migset.db');

  test.each(old.filter((name) => name.startsWith('migset-')))(
    '%s, migrated and repaired, is as the newest loader makes it',
    async (name) => {
      const file = copyOf(path.join(samples, 'old', name));
      await migrateOperators(file);
      const { notDerived } = await repairOperators(file, { write: true });
      expect(notDerived).toEqual([]);
      expect(comparable(file)).toEqual(comparable(expected));
      expect((await repairOperators(file)).status).toBe('nothing-to-do');
    },
  );

  test.each([11, 8, 5, 2, 0])('from 13 to %i and back nothing is lost', async (version) => {
    const file = copyOf(expected);
    await migrateOperators(file, { to: version });
    await migrateOperators(file);
    expect(contentOf(file)).toEqual(contentOf(expected));
  });

  test('there is nothing to repair in what the newest loader makes', async () => {
    expect(await repairOperators(copyOf(expected))).toMatchObject({
      status: 'nothing-to-do',
      notDerived: [],
    });
  });

  test('a clean file of golang-migrate is migrated, a dirty one refused', async () => {
    const clean = copyOf(path.join(samples, 'old/golang-migrate-clean.db'));
    expect(await migrateOperators(clean)).toMatchObject({ from: -1, to: 13, replaced: '201909251211' });
    const dirty = copyOf(path.join(samples, 'old/golang-migrate-dirty.db'));
    await expect(migrateOperators(dirty)).rejects.toMatchObject({ code: 'dirty' });
  });
}

function unpacked(source: string): string | undefined {
  if (!existsSync(source)) return undefined;
  if (!source.endsWith('.tar.xz')) return source;
  const folder = temporaryFolder();
  execFileSync('tar', ['-xJf', source, '-C', folder]);
  const [only = ''] = readdirSync(folder);
  return path.join(folder, only);
}

function copyOf(file: string): string {
  const copy = path.join(temporaryFolder(), 'index.db');
  copyFileSync(file, copy);
  return copy;
}

/** Loaders number entries in their own order, and write the package of a bundle once for each channel. */
function comparable(file: string) {
  const { channel_entry, ...content } = contentOf(file);
  const entries = inDatabase(file, (database) =>
    database
      .prepare(
        `SELECT one.channel_name AS channel, one.package_name AS package, one.operatorbundle_name AS bundle, one.depth,
          other.operatorbundle_name AS replaces, other.depth AS below
        FROM channel_entry AS one LEFT JOIN channel_entry AS other ON other.entry_id = one.replaces ORDER BY 1, 2, 3, 4, 5, 6`,
      )
      .all(),
  );
  const distinct = Object.entries(content).map(([table, rows]) => [table, [...new Set(rows)]]);
  return { entries, ...Object.fromEntries(distinct) };
}
