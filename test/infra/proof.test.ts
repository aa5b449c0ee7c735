import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { bundleFiles } from '../../lib/contract.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import type { MigrateOnDeployOptions } from '../../lib/infra/migrate-options.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { proofDigests } from '../../lib/plan/proof.ts';
import { createForeignStack, migrating } from '../support/foreign-stack.ts';
import { writeBelow } from '../support/packed-package.ts';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FILES = {
  '001_a.sql': 'create table if not exists a (id int);',
  '002_b.sql': 'create table if not exists b (id int);',
  '003_c.sql': 'create table if not exists c (id int);',
};

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(files)) writeBelow(folder, `db/${name}`, sql);
  return path.join(folder, 'db');
}

/** As `prove --record` writes it. */
async function record(folder: string, name = 'proof.json', provedAt = '2026-11-28T00:00:00Z') {
  const { migrations } = await compileFolder(folder, 'db');
  const about = { format: 1, provedAt, serverVersion: '18.0', toolVersion: '0.1.0' };
  const proof = { ...about, files: Object.fromEntries(proofDigests(migrations)) };
  writeFileSync(path.join(folder, name), JSON.stringify(proof));
  return proof.files;
}

/** The asset of a migrate function: its name for CDK, and what lies in it. */
function codeOf(options: Partial<MigrateOnDeployOptions>) {
  const { stack, vpc, database, synth: read } = createForeignStack();
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database, ...options });
  const { find, assetFolder } = read();
  const [, fn] = find('AWS::Lambda::Function', 'MigrationsJob');
  return { hash: fn.Properties.Code.S3Key, file: path.join(assetFolder(fn), bundleFiles.proof) };
}

test('the record goes with the code, and when it was made makes no other code', async () => {
  const folder = folderWith(FILES);
  const files = await record(folder);
  const { codeFolder } = migrating;
  const options = { migrations: folder, codeFolder, requireProof: true };
  const code = codeOf(options);
  expect(JSON.parse(readFileSync(code.file, 'utf8'))).toEqual({ format: 1, files });
  await record(folder, 'proof.json', '2027-01-01T00:00:00Z');
  expect(codeOf(options).hash).toBe(code.hash);

  // Elsewhere, and for files that somebody has compiled himself.
  const elsewhere = path.join(folder, 'shown.json');
  await record(folder, 'shown.json');
  expect(codeOf({ ...options, requireProof: elsewhere }).hash).toBe(code.hash);
  const compiled = await compileFolder(folder, 'db');
  expect(codeOf({ ...options, migrations: compiled, requireProof: elsewhere }).hash).toBe(code.hash);
});

test('without being asked nobody looks for one', () => {
  const folder = folderWith(FILES);
  expect(existsSync(codeOf({ migrations: folder }).file)).toBe(false);
  expect(existsSync(codeOf({ migrations: folder, requireProof: false }).file)).toBe(false);
});

test('what is not proved fails the synthesis, with the names of the files and the command', async () => {
  const folder = folderWith(FILES);
  const command = `registry-jobs prove --migrations ${folder} --record`;
  const failing = () => codeOf({ migrations: folder, requireProof: true });
  expect(failing).toThrow(
    expect.objectContaining({
      name: 'UsageError',
      code: 'no-proof',
      message: `${folder}/proof.json cannot be read.`,
      hint: `Prove the files, and record it: ${command}`,
    }),
  );
  await record(folder);
  writeBelow(folder, '004_d.sql', 'create table if not exists d (id int);');
  expect(failing).toThrow(
    expect.objectContaining({
      name: 'UsageError',
      code: 'not-proved',
      message: 'db/004_d.sql is not proved: it is not in the record.',
      hint: `Prove the files, then deploy: ${command}`,
    }),
  );
  // All after a file that is another text.
  writeBelow(folder, '002_b.sql', `${FILES['002_b.sql']} -- !`);
  expect(failing).toThrow(
    expect.objectContaining({
      code: 'not-proved',
      message: `db/002_b.sql, db/003_c.sql and db/004_d.sql are not proved: ${folder}/proof.json does not have them as they are now.`,
    }),
  );
  writeFileSync(path.join(folder, 'proof.json'), '[]');
  expect(failing).toThrow(expect.objectContaining({ code: 'no-proof' }));
});

test('an environment asks for it', async () => {
  const migrations = folderWith(FILES);
  const environment = { ...chooseEnvironment('staging'), requireProof: true };
  expect(() => synth({ environment, props: { migrations } })).toThrow(
    expect.objectContaining({ code: 'no-proof' }),
  );
  const files = await record(migrations);
  const { find, assetFolder } = synth({ environment, props: { migrations } });
  const folder = assetFolder(find('AWS::Lambda::Function', 'MigrationsJob')[1]);
  expect(JSON.parse(readFileSync(path.join(folder, bundleFiles.proof), 'utf8')).files).toEqual(files);
});
