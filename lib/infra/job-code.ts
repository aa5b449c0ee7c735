import { Code } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Names, Stack, Stage, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { readCatalogSync } from '../bundle/catalog-sync.ts';
import { compileFolderSync } from '../bundle/compile-sync.ts';
import { chooseCertificates } from '../bundle/given-certificates.ts';
import { packagedCode, writeEmptyAsset, writeJobAsset } from '../bundle/job-asset.ts';
import { readProofSync } from '../bundle/proof-sync.ts';
import type { LambdaName } from '../contract.ts';
import { type CompiledMigrations, checkCompiled } from '../migrations/compiled.ts';
import { type Evidence, showEvidence } from '../plan/evidence.ts';

/**
 * Migrations, as whoever writes an app has them: a folder of SQL files, absolute or relative to the folder of `cdk.json`, or what
 * `compile` of this package made of one.
 */
export type MigrationSource = string | CompiledMigrations;

/** What some migrations make; undefined where nobody asks. */
export type CatalogOf = ReturnType<typeof readCatalogSync> | undefined;

/** What was proved of some migrations; undefined where nobody asks. */
export type ProofOf = ReturnType<typeof readProofSync> | undefined;

/** What goes into a function's asset besides the certificates of its region. */
export interface JobCodeOptions {
  /**
   * A folder with another build of the code.
   * @default - the code that comes with the package
   */
  readonly codeFolder?: string | undefined;
  /**
   * A PEM file or its text in the place of the certificates of the region: see given-certificates.ts.
   * @default - those of the region, or of all where it is not known
   */
  readonly certificates?: string | undefined;
  /**
   * The secret that the function reads.
   * @default - none, and it carries no client for it
   */
  readonly secret?: ISecret | undefined;
  /**
   * What the function applies.
   * @default - nothing
   */
  readonly migrations?: CompiledMigrations | undefined;
  /**
   * What was proved of them, where the function is to run nothing else.
   * @default - it runs anything
   */
  readonly proof?: ProofOf;
  /**
   * What the function expects to be applied.
   * @default - nothing
   */
  readonly expected?: CompiledMigrations | undefined;
  /**
   * What the catalog of the database is compared with.
   * @default - it is not compared
   */
  readonly catalog?: CatalogOf;
}

/**
 * Puts a function's code together while the app is synthesized, below the cloud assembly, where CDK finds it also when it is
 * told to copy nothing. The same sources give the same asset, on any machine. For `cdk list` or `cdk destroy`, which deploy
 * nothing, the asset is empty: they need not wait for a build, nor fail because of a file.
 *
 * @throws UsageError `unknown-region`, `bad-certificates`; RegistryJobsError `no-lambda-code`
 */
export function stageJobCode(scope: Construct, name: LambdaName, options: JobCodeOptions): Code {
  const { codeFolder = packagedCode(name), migrations, proof, expected, catalog, secret } = options;
  const { region, bundlingRequired } = Stack.of(scope);
  const known = Token.isUnresolved(region) ? undefined : region;
  const folder = `${Stage.of(scope)?.assetOutdir}/registry-jobs/${Names.uniqueId(scope)}`;
  if (bundlingRequired)
    writeJobAsset(folder, {
      codeFolder,
      certificates: chooseCertificates(options.certificates, known),
      usesSecret: secret !== undefined,
      ...(migrations && { migrations }),
      ...(proof && { proof }),
      ...(catalog && { catalog }),
      ...(expected && { expected }),
    });
  else writeEmptyAsset(folder);
  return Code.fromAsset(folder);
}

/**
 * Parses what the user of a construct calls the migrations.
 *
 * @returns undefined for `cdk list` or `cdk destroy`, which deploy nothing and must not fail because of a file
 * @throws UsageError for migrations that cannot be read or parsed, with file, line and column
 */
export function compileSource(scope: Construct, source: MigrationSource): CompiledMigrations | undefined {
  if (!Stack.of(scope).bundlingRequired) return undefined;
  return typeof source === 'string' ? compileFolderSync(source) : checkCompiled(source);
}

/**
 * Reads what was proved of the migrations, where a construct asks for it, and checks that it is all of them.
 *
 * @param wanted `true` for `proof.json` beside the files, or another file
 * @throws UsageError `no-proof`, `not-proved`
 */
export function proofOf(
  source: MigrationSource,
  compiled: CompiledMigrations | undefined,
  wanted: boolean | string | undefined,
): ProofOf {
  return readBeside(readProofSync, source, compiled, wanted);
}

/**
 * Reads what the migrations make, where a construct asks for it, and checks that it is what these make.
 *
 * @param wanted `true` for `catalog.json` beside the files, or another file
 * @throws UsageError `no-catalog`, `catalog-outdated`
 */
export function catalogOf(
  source: MigrationSource,
  compiled: CompiledMigrations | undefined,
  wanted: boolean | string | undefined,
): CatalogOf {
  return readBeside(readCatalogSync, source, compiled, wanted);
}

function readBeside<T>(
  read: (compiled: CompiledMigrations, folder: string, named?: string) => T,
  source: MigrationSource,
  compiled: CompiledMigrations | undefined,
  wanted: boolean | string | undefined,
): T | undefined {
  if (wanted === undefined || wanted === false || compiled === undefined) return undefined;
  const folder = typeof source === 'string' ? source : source.folder;
  return read(compiled, folder, wanted === true ? undefined : wanted);
}

/** What a parameter says of migrations that were applied; of nothing for commands that deploy nothing. */
export function evidenceOf(
  compiled: CompiledMigrations | undefined,
  of: Pick<Evidence, 'environment' | 'proved'>,
): string {
  return showEvidence(compiled?.migrations ?? [], of);
}
