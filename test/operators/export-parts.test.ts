import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exportOperators } from '../../lib/operators/export.ts';
import { openSqlite } from '../../lib/sqlite/open.ts';
import { chain, registryBeside } from '../support/operator-bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what a killed export left, a folder or a file, goes with the next one of that name', async () => {
  const folder = temporaryFolder();
  const file = await registryBeside(folder, chain);
  const left = (name: string) => path.join(folder, name);
  mkdirSync(left('.catalog.00000000.part/a'), { recursive: true });
  writeFileSync(left('.catalog.00000000.part/a/catalog.json'), '{"schema": "olm.pack');
  writeFileSync(left('.catalog.00000000.part-lock'), '');
  writeFileSync(left('.catalog.11111111.part-lock'), '');
  writeFileSync(left('.catalog.json.22222222.part'), '{');
  // Of others: not ours to remove.
  writeFileSync(left('.catalog.backup.part'), 'mine');
  mkdirSync(left('.other.33333333.part'));
  await exportOperators(file, left('catalog'));
  await exportOperators(file, left('catalog.json'));
  expect(readdirSync(folder).sort()).toEqual([
    ...['.catalog.backup.part', '.other.33333333.part', 'catalog', 'catalog.json', 'index.db'],
  ]);
  expect(readdirSync(left('catalog'))).toEqual(['a']);
});

test('what another export builds at this moment stays', async () => {
  const folder = temporaryFolder();
  const file = await registryBeside(folder, chain);
  const part = path.join(folder, '.catalog.00000000.part');
  const found: boolean[] = [];
  // It builds while another one of the same name comes and goes.
  await exportOperators(file, path.join(folder, 'catalog'), {
    signal: {
      get aborted() {
        found.push(readdirSync(folder).some((name) => /^\.catalog\..*\.part$/.test(name)));
        return false;
      },
    } as AbortSignal,
  });
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((one) => one)).toBe(true);
  mkdirSync(part);
  const other = await openSqlite(`${part}-lock`);
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  await exportOperators(file, path.join(folder, 'catalog.json'));
  await exportOperators(file, path.join(folder, 'catalog'), { replace: true }).catch(() => {});
  expect(existsSync(part)).toBe(true);
  other.close();
});

test('a file or an empty folder behind a link is built beside what it leads to, and the link stays one', async () => {
  const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()];
  const file = await registryBeside(folder, chain);
  const [link, real] = [path.join(folder, 'catalog.json'), path.join(elsewhere, 'real.json')];
  writeFileSync(real, 'old');
  symlinkSync(real, link);
  writeFileSync(path.join(elsewhere, '.real.json.00000000.part'), '{');
  await exportOperators(file, link, { replace: true });
  expect(readFileSync(real, 'utf8')).toMatch(/^\{\s+"schema": "olm.package"/);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  mkdirSync(path.join(elsewhere, 'empty'));
  symlinkSync(path.join(elsewhere, 'empty'), path.join(folder, 'catalog'));
  await exportOperators(file, path.join(folder, 'catalog'));
  expect(readdirSync(path.join(folder, 'catalog'))).toEqual(['a']);
  expect(readdirSync(elsewhere).sort()).toEqual(['empty', 'real.json']);
});
