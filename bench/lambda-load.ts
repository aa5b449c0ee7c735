import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleLambdas } from '../lib/bundle/bundle-lambdas.ts';
import { environmentVariables } from '../lib/contract.ts';
import { runProgram } from './peers/process.ts';
import { type Spread, spread } from './statistics.ts';

/** One function's code. The first is always the empty handler. */
export interface LambdaLoad {
  readonly name: string;
  /** Of `index.mjs`. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Of all files that are uploaded, `index.mjs` among them. */
  readonly folderBytes: number;
  readonly loadMs: Spread;
  readonly loads: readonly number[];
}

/** Runs in a process of its own: how long until the module's top level is done. */
const LOADER = `
const [, url] = process.argv;
const began = performance.now();
const { handler } = await import(url);
const took = performance.now() - began;
if (typeof handler !== 'function') throw new Error('No handler in ' + url);
console.log(took);
`;

/** What a function finds around it, as far as our code and its libraries look at it while loading. */
const LAMBDA_LIKE = {
  AWS_REGION: 'eu-central-1',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  POWERTOOLS_SERVICE_NAME: 'registry-jobs',
  [environmentVariables.environment]: 'bench',
  [environmentVariables.parameterPath]: '/registry/bench/job',
};

/** Bundles both functions afresh, and loads them and an empty handler in turns. */
export async function measureLambdaLoad(
  folder: string,
  times: number,
  say: (progress: string) => void,
): Promise<LambdaLoad[]> {
  const outDir = path.join(folder, 'lambdas');
  const migrationsDir = path.resolve(import.meta.dirname, '../migrations');
  const bundles = await bundleLambdas({ outDir, migrationsDir });
  const candidates = [
    { name: 'empty handler', home: await writeEmptyHandler(path.join(folder, 'empty')), sizes: undefined },
    ...Object.entries(bundles).map(([name, bundle]) => ({ name, home: bundle.folder, sizes: bundle.sizes })),
  ].map((it) => ({ ...it, file: path.join(it.home, 'index.mjs'), loads: [] as number[] }));
  for (let time = 1; time <= times; time++) {
    say(`loading Lambda bundles, ${time} of ${times}`);
    for (const { file, loads } of candidates) loads.push(await loadOnce(file));
  }
  return Promise.all(
    candidates.map(async ({ name, file, sizes, loads }) => {
      const code = await readFile(file);
      return {
        name,
        bytes: code.length,
        gzipBytes: gzipSync(code, { level: 9 }).length,
        folderBytes: sizes ? Object.values(sizes).reduce((total, bytes) => total + bytes, 0) : code.length,
        loadMs: spread(loads),
        loads,
      };
    }),
  );
}

async function writeEmptyHandler(home: string): Promise<string> {
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'index.mjs'), 'export const handler = async () => {};\n');
  return home;
}

async function loadOnce(file: string): Promise<number> {
  const args = ['--input-type=module', '--eval', LOADER, pathToFileURL(file).href];
  const took = Number(await runProgram(process.execPath, args, LAMBDA_LIKE));
  if (!(took > 0)) throw new Error(`${file} said that it loaded in ${took} ms.`);
  return took;
}
