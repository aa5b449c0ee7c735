import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { catalogOf } from '../../lib/jobs/prove.ts';
import { type ExpectedCatalog, recordCatalog, showCatalog } from '../../lib/plan/expected-catalog.ts';
import { digestOf } from '../../lib/plan/pending.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { databaseSettings } from './settings.ts';

/** What `prove --catalog` writes down of a folder, without proving it: on the server of the tests. */
export async function writeDown(folder: string, name = 'catalog.json'): Promise<ExpectedCatalog> {
  const compiled = await compileFolder(folder, 'migrations');
  const made = await catalogOf(databaseSettings(inject('serverUrl')), compiled, { ledger: defaultLedger });
  if ('failed' in made) throw new Error(made.failed.message);
  const catalog = recordCatalog({ ...made, serverVersion: made.version }, digestOf(compiled));
  writeFileSync(path.join(folder, name), showCatalog(catalog));
  return catalog;
}
