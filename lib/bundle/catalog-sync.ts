import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { describeOutdated, type ExpectedCatalog, noCatalog, parseCatalog } from '../plan/expected-catalog.ts';
import { digestOf } from '../plan/pending.ts';
import { shellWord } from '../text/format.ts';

/** What `prove --catalog` calls its file unless it is told another name. */
const NAME = 'catalog.json';

/**
 * Reads what `prove --catalog` has written down of these migrations.
 *
 * @param folder of the migrations, absolute or relative to the folder of `cdk.json`
 * @param named another place than `catalog.json` in that folder, likewise
 * @throws UsageError `no-catalog`; `catalog-outdated` where it is that of other files
 */
export function readCatalogSync(
  compiled: CompiledMigrations,
  folder: string,
  named?: string,
): ExpectedCatalog {
  const file = named ?? path.join(folder, NAME);
  const from = folder === 'migrations' ? '' : ` --migrations ${shellWord(folder)}`;
  const command = `registry-jobs prove${from} --catalog${named === undefined ? '' : ` ${shellWord(named)}`}`;
  const catalog = parseCatalog(readText(file, command), file, command);
  const outdated = describeOutdated(catalog, digestOf(compiled));
  if (outdated === undefined) return catalog;
  throw new UsageError('catalog-outdated', `${file} is not what the files make now: ${outdated}.`, {
    hint: `Write it down once more, then deploy: ${command}`,
  });
}

function readText(file: string, command: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw noCatalog(`${file} cannot be read`, command, cause);
  }
}
