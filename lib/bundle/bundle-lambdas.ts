import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { bundleFiles, type JobName } from '../contract.ts';
import { compileFolder } from '../core/migrations/folder.ts';
import { writeAssetFolder } from './asset-folder.ts';
import { rdsCertificates } from './certificates.ts';
import { bundleLambdaCode } from './lambda-code.ts';

export interface BundleOptions {
  /** Gets one folder per function, `<outDir>/<job>`, and the source maps in `<outDir>/source-maps`. */
  readonly outDir: string;
  /** The folder of SQL files that the migrate function carries. */
  readonly migrationsDir: string;
  /**
   * The AWS region of the database; only its certificate authorities are shipped.
   * @default - those of all regions, which are 120 KB and 4 ms of every start
   */
  readonly region?: string;
}

/** A function's code asset on disk. */
export interface LambdaBundle {
  /** The folder that CDK uploads, absolute. */
  readonly folder: string;
  /** What lies in it, by name, in bytes. */
  readonly sizes: Readonly<Record<string, number>>;
}

export type LambdaBundles = Readonly<Record<JobName, LambdaBundle>>;

/**
 * Builds the code of both functions: `index.mjs`, the database certificates, and for `migrate` the parsed migrations.
 * The same sources give the same bytes on any machine and day, because CloudFormation compares the hash of these folders
 * to decide whether there is something to migrate.
 */
export async function bundleLambdas(options: BundleOptions): Promise<LambdaBundles> {
  const certificates = Buffer.from(rdsCertificates(options.region));
  // Reports name `migrations/003_x.sql` and not the place of the checkout, which would change the bytes.
  const shownAs = basename(resolve(options.migrationsDir));
  const compiled = compileFolder(options.migrationsDir, shownAs).then((it) =>
    Buffer.from(JSON.stringify(it)),
  );
  const [migrate, refresh] = await Promise.all([
    compiled.then((migrations) => bundle(options, 'migrate', certificates, migrations)),
    bundle(options, 'refresh-statistics', certificates),
  ]);
  return { migrate, 'refresh-statistics': refresh };
}

async function bundle(
  options: BundleOptions,
  job: JobName,
  certificates: Uint8Array,
  migrations?: Uint8Array,
): Promise<LambdaBundle> {
  const { code, sourceMap } = await bundleLambdaCode(job);
  const files = new Map<string, Uint8Array>([
    ['index.mjs', code],
    [bundleFiles.certificates, certificates],
  ]);
  if (migrations) files.set(bundleFiles.migrations, migrations);
  const folder = resolve(options.outDir, job);
  const maps = resolve(options.outDir, 'source-maps');
  await Promise.all([
    writeAssetFolder(folder, files),
    mkdir(maps, { recursive: true }).then(() => writeFile(join(maps, `${job}.mjs.map`), sourceMap)),
  ]);
  return { folder, sizes: Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.length])) };
}
