import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { invokeOnce, startLambda } from '../support/lambda-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The stand-in for Lambda, with functions of one line. */
function lambda(code: string, environment: Record<string, string> = {}) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'index.mjs'), code);
  return { folder, environment };
}

test('a function has its own variables and Lambda’s, and nothing of this machine', async () => {
  const code =
    'export const handler = () => [Object.keys(process.env), process.version.split(".")[0], process.cwd()];';
  const options = lambda(code, { OURS: 'yes' });
  const answer = (await invokeOnce(options, {})) as { result?: unknown };
  expect(answer.result).toEqual([expect.arrayContaining(['OURS', 'AWS_REGION']), 'v24', options.folder]);
  const [variables] = answer.result as [string[]];
  expect(variables.filter((it) => /^(HOME|USER|npm_|VITEST|NODE_OPTIONS|NODE_PATH)/.test(it))).toEqual([]);
});

test('a function cannot import what is not in its bundle', async () => {
  await expect(startLambda(lambda("import 'pg';"))).rejects.toThrow("Cannot find package 'pg'");
});

test('event, time left and warm state', async () => {
  const code = `let calls = 0; export const handler = async (event, context) =>
    [event.x, ++calls, context.getRemainingTimeInMillis() > 4000 && context.getRemainingTimeInMillis() <= 5000];`;
  const started = await startLambda(lambda(code));
  expect(await started.invoke({ x: 1 }, 5_000)).toEqual({ result: [1, 1, true] });
  expect(await started.invoke({ x: 2 }, 5_000)).toEqual({ result: [2, 2, true] });
  await started.stop();
});

test('what is thrown comes back as Lambda reports it; what is written is a log', async () => {
  const code = 'export const handler = () => { console.log("hello"); throw new TypeError("no"); };';
  expect(await invokeOnce(lambda(code), {})).toMatchObject({
    error: { errorType: 'TypeError', errorMessage: 'no', trace: expect.arrayContaining(['TypeError: no']) },
    logs: 'hello\n',
  });
});
