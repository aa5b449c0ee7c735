import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFiles, type LambdaName } from '../contract.ts';
import { RegistryJobsError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { ExpectedCatalog } from '../plan/expected-catalog.ts';
import { digestOf } from '../plan/pending.ts';
import type { Proof } from '../plan/proof.ts';
import { writeAssetFolder } from './asset-folder.ts';

export interface JobAsset {
  /** Folder of the function's code, `index.mjs`. */
  readonly codeFolder: string;
  /**
   * Whether the function reads a secret of Secrets Manager, for which it carries a client of its own.
   * @default false
   */
  readonly usesSecret?: boolean;
  /** The certificate authorities that sign the database's server, in PEM: see certificates.ts. */
  readonly certificates: string;
  /**
   * What the migrate function applies.
   * @default - the function carries no migrations
   */
  readonly migrations?: CompiledMigrations;
  /**
   * What was proved of them: the migrate function runs nothing else.
   * @default - it runs anything
   */
  readonly proof?: Pick<Proof, 'format' | 'files'>;
  /**
   * What the statistics function expects the ledger to have; a few bytes of each file are shipped.
   * @default - it expects nothing
   */
  readonly expected?: CompiledMigrations;
  /**
   * What the statistics function compares the catalog of the database with.
   * @default - it compares nothing
   */
  readonly catalog?: ExpectedCatalog;
}

/** Where the package has the code of a function. A checkout has it nowhere until it is built: see lambda-code.ts. */
export function packagedCode(name: LambdaName): string {
  return fileURLToPath(new URL(`../../lambdas/${name}`, import.meta.url));
}

/**
 * Makes a folder hold what one function is deployed with: its code, the database certificates, and for `migrate` the parsed
 * migrations. The same input gives the same bytes on any machine and day, because CloudFormation compares the hash of
 * this folder to decide whether there is something to migrate.
 *
 * @returns what lies in it, by name, in bytes
 * @throws RegistryJobsError `no-lambda-code`
 */
export function writeJobAsset(
  folder: string,
  { codeFolder, certificates, migrations, proof, expected, catalog, usesSecret = false }: JobAsset,
): Readonly<Record<string, number>> {
  const files = new Map<string, Uint8Array>([
    ['index.mjs', readCode(codeFolder, 'index.mjs')],
    [bundleFiles.certificates, Buffer.from(certificates)],
  ]);
  if (usesSecret) files.set(bundleFiles.fetchSecret, readCode(codeFolder, bundleFiles.fetchSecret));
  if (expected) files.set(bundleFiles.expected, Buffer.from(JSON.stringify(digestOf(expected))));
  if (migrations) files.set(bundleFiles.migrations, Buffer.from(JSON.stringify(migrations)));
  if (catalog) files.set(bundleFiles.catalog, Buffer.from(JSON.stringify(catalog)));
  if (proof) files.set(bundleFiles.proof, Buffer.from(JSON.stringify(proof)));
  writeAssetFolder(folder, files);
  return Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.length]));
}

function readCode(folder: string, name: string): Uint8Array {
  const file = join(folder, name);
  if (existsSync(file)) return readFileSync(file);
  throw new RegistryJobsError('no-lambda-code', `There is no ${file}.`, {
    hint: 'The package has it; a checkout builds it with: npm run bundle. Then name its folder.',
  });
}

/** An asset that nothing is deployed of: CDK wants a folder all the same. */
export function writeEmptyAsset(folder: string): void {
  mkdirSync(folder, { recursive: true });
}
