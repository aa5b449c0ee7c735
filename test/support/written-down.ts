import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { catalogOf } from '../../lib/jobs/catalog.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { type ExpectedCatalog, recordCatalog, showCatalog } from '../../lib/plan/expected-catalog.ts';
import { digestOf } from '../../lib/plan/pending.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { databaseSettings } from './settings.ts';
import { noMigrations } from './synth.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What `prove --catalog` writes down of a folder, without proving it: on the server of the tests. */
export async function writeDown(folder: string, name = 'catalog.json'): Promise<ExpectedCatalog> {
  const compiled = await compileFolder(folder, 'migrations');
  const made = await catalogOf(databaseSettings(inject('serverUrl')), compiled, { ledger: defaultLedger });
  if ('failed' in made) throw new Error(made.failed.message);
  const catalog = recordCatalog({ ...made, serverVersion: made.version }, digestOf(compiled));
  writeFileSync(path.join(folder, name), showCatalog(catalog));
  return catalog;
}

/** The same without a server, as if the files made nothing: for tests of what is deployed. */
export async function writeNothingDown(folder: string, name = 'catalog.json'): Promise<ExpectedCatalog> {
  const seen = { snapshot: new Map(), role: 'postgres', serverVersion: '18.4' };
  const catalog = recordCatalog(seen, digestOf(await compileFolder(folder, 'migrations')));
  writeFileSync(path.join(folder, name), showCatalog(catalog));
  return catalog;
}

/** No migrations, with what they make written down beside them, for tests of a template. */
export function watchedNothing(): typeof noMigrations {
  const folder = temporaryFolder();
  const nothing = recordCatalog({ snapshot: new Map(), role: 'postgres', serverVersion: '18.4' }, []);
  writeFileSync(path.join(folder, 'catalog.json'), showCatalog(nothing));
  return { ...noMigrations, folder };
}
