import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { rdsCertificates } from '../../lib/bundle/certificates.ts';
import { bundleFiles } from '../../lib/contract.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { stageJobCode } from '../../lib/infra/job-code.ts';
import { placeholderCode, synth } from '../support/synth.ts';
import { synthCreated } from '../support/synth-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const roots = rdsCertificates('eu-north-1');
const file = join(temporaryFolder(), 'roots.pem');
writeFileSync(file, roots);

/** Staging, somewhere else. */
function environmentIn(region: string, changes: Partial<Environment> = {}): Environment {
  const staging = chooseEnvironment('staging');
  const text = JSON.stringify(staging).replaceAll('eu-central-1', region);
  return { ...JSON.parse(text), ...changes };
}

const unknown = [
  'il-central-1',
  'ca-west-1',
  'mx-central-1',
  'ap-southeast-5',
  'us-gov-west-1',
  'cn-north-1',
  'eusc-de-east-1',
];

test.each(unknown)('%s: with its certificates given every function carries them and no others', (region) => {
  const { all, assetFolder } = synth({ environment: environmentIn(region, { certificates: file }) });
  const ours = all('AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.Handler === 'index.handler' && Properties.Code.S3Key,
  );
  const carried = ours.map((fn) => readFileSync(join(assetFolder(fn), bundleFiles.certificates), 'utf8'));
  expect(carried.filter((it) => it === roots).length).toBeGreaterThanOrEqual(2);
});

test.each(unknown)('%s: without them the synthesis fails and says what to do', (region) => {
  expect(() => synth({ environment: environmentIn(region) })).toThrow(
    expect.objectContaining({
      code: 'unknown-region',
      hint: expect.stringContaining('Name a file with them as `certificates`'),
    }),
  );
});

test('where the database is made here its functions carry them as well', () => {
  const { jobs, database } = synthCreated(
    environmentIn('il-central-1', { network: 'create', certificates: roots }),
  );
  for (const { all, assetFolder } of [jobs, database]) {
    const ours = all('AWS::Lambda::Function').filter(
      ({ Properties }) => Properties.Handler === 'index.handler' && Properties.Code.S3Key,
    );
    expect(ours.length).toBeGreaterThan(0);
    for (const fn of ours.filter(({ Properties }) => Properties.Environment))
      expect(readFileSync(join(assetFolder(fn), bundleFiles.certificates), 'utf8')).toBe(roots);
  }
});

test('`cdk destroy` and `cdk list` need none', () => {
  const app = new App({ outdir: temporaryFolder(), context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Shop', { env: { account: '111111111111', region: 'il-central-1' } });
  expect(() => stageJobCode(stack, 'migrate', { codeFolder: placeholderCode().migrate })).not.toThrow();
});
