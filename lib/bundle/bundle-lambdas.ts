import { basename, join, resolve } from 'node:path';
import type { JobName } from '../contract.ts';
import { compileFolder } from '../jobs/compile.ts';
import { rdsCertificates } from './certificates.ts';
import { writeJobAsset } from './job-asset.ts';
import { buildLambdaCode, type CodeFolders } from './lambda-code.ts';

export interface BundleOptions {
  /** Gets one folder per function, `<outDir>/<job>`, and their code alone in `<outDir>/code`. */
  readonly outDir: string;
  /** The folder of SQL files that the migrate function carries. */
  readonly migrationsDir: string;
  /**
   * The AWS region of the database.
   * @default - the certificate authorities of all regions are shipped
   */
  readonly region?: string;
  /**
   * Code that is built already.
   * @default - it is built from the sources
   */
  readonly code?: CodeFolders;
}

/** A function's code asset on disk. */
export interface LambdaBundle {
  /** Absolute. */
  readonly folder: string;
  /** What lies in it, by name, in bytes. */
  readonly sizes: Readonly<Record<string, number>>;
}

export type LambdaBundles = Readonly<Record<JobName, LambdaBundle>>;

/** Makes what both functions are deployed with as the constructs do, but without a stack: to measure it, and to test it. */
export async function bundleLambdas({
  outDir,
  migrationsDir,
  region,
  code: built,
}: BundleOptions): Promise<LambdaBundles> {
  const [code, migrations] = await Promise.all([
    built ?? buildLambdaCode(join(outDir, 'code')),
    compileFolder(migrationsDir, basename(resolve(migrationsDir))),
  ]);
  const certificates = rdsCertificates(region);
  const make = (job: JobName, content: object): LambdaBundle => {
    const folder = resolve(outDir, job);
    return { folder, sizes: writeJobAsset(folder, { codeFolder: code[job], certificates, ...content }) };
  };
  return {
    migrate: make('migrate', { migrations }),
    'refresh-statistics': make('refresh-statistics', { expected: migrations }),
  };
}
