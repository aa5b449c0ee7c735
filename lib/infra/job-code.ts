import { Code } from 'aws-cdk-lib/aws-lambda';
import { Names, Stack, Stage, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { compileFolderSync } from '../bundle/compile-sync.ts';
import { packagedCode, writeJobAsset } from '../bundle/job-asset.ts';
import type { LambdaName } from '../contract.ts';
import { type CompiledMigrations, checkCompiled } from '../core/migrations/compiled.ts';

/**
 * Migrations, as whoever writes an app has them: a folder of SQL files, absolute or relative to the folder of `cdk.json`, or what
 * `compile` of this package made of one.
 */
export type MigrationSource = string | CompiledMigrations;

/**
 * Puts a function's code together while the app is synthesized, below the cloud assembly, where CDK finds it also when it is
 * told to copy nothing. The same sources give the same asset, on any machine.
 *
 * @throws UsageError for migrations that cannot be read or parsed, with file, line and column
 */
export function stageJobCode(
  scope: Construct,
  name: LambdaName,
  codeFolder: string = packagedCode(name),
  source?: MigrationSource,
): Code {
  const stack = Stack.of(scope);
  // Not for `cdk list` or `cdk destroy`, which deploy nothing and must not fail because of a file.
  const migrations = source !== undefined && stack.bundlingRequired ? compile(source) : undefined;
  const folder = `${Stage.of(scope)?.assetOutdir}/registry-jobs/${Names.uniqueId(scope)}`;
  writeJobAsset(folder, {
    codeFolder,
    ...(!Token.isUnresolved(stack.region) && { region: stack.region }),
    ...(migrations && { migrations }),
  });
  return Code.fromAsset(folder);
}

function compile(source: MigrationSource): CompiledMigrations {
  return typeof source === 'string' ? compileFolderSync(source) : checkCompiled(source);
}
