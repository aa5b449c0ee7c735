import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LambdaService } from '../support/lambda-service.ts';
import { createDeployed, type Deployed, FUNCTION, startService } from '../support/remote.ts';

let service: LambdaService;
let deployed: Deployed;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  deployed = await createDeployed(service);
});
afterEach(() => deployed.drop());

const FILES = { '001_a.sql': 'create table a (id int);', '002_b.sql': 'create table b (id int);' };

test('first try', async () => {
  await deployed.deploy(FILES);
  for (const args of [
    ['status'],
    ['plan'],
    ['verify'],
    ['history'],
    ['watch'],
    ['up'],
    ['status', '--history'],
    ['up'],
    ['history', '--limit', '1'],
    ['status', '--json'],
  ]) {
    const { code, stdout, stderr } = await deployed.run(...args, '--remote');
    console.log(`$ ${args.join(' ')}\n${code}\n${stdout}---${stderr}`);
  }
  console.log(service.logs());
  expect(1).toBe(1);
});
