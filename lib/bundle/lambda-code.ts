import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bundleFiles, type LambdaName } from '../contract.ts';
import { writeAssetFolder } from './asset-folder.ts';
import { renderLicences } from './licences.ts';
import { leaveOutUnused } from './unused-code.ts';

/** Where the code of each function lies, absolute. */
export type CodeFolders = Readonly<Record<LambdaName, string>>;

const names: readonly LambdaName[] = ['migrate', 'refresh-statistics', 'store-password', 'create-roles'];

/** Those that may be told of a secret. */
const readers: readonly LambdaName[] = ['migrate', 'refresh-statistics', 'create-roles'];

/**
 * Builds the code of all functions from the sources: `<outDir>/<name>/index.mjs`, with what reads secrets beside it where that may
 * be needed, the source maps in `<outDir>/source-maps`, and the
 * licences of what was built in. The same sources give the same bytes on any machine and day.
 */
export async function buildLambdaCode(outDir: string): Promise<CodeFolders> {
  const secret = bundleFiles.fetchSecret.replace('.mjs', '');
  const [fetchSecret, ...built] = await Promise.all([
    bundle(secret, 'lambdas/shared/fetch-secret.ts'),
    ...names.map((name) => bundle(name, `lambdas/${name}/index.ts`)),
  ]);
  const maps = join(outDir, 'source-maps');
  await mkdir(maps, { recursive: true });
  for (const { name, code } of built) {
    const files = new Map([['index.mjs', code]]);
    if (readers.includes(name as LambdaName)) files.set(bundleFiles.fetchSecret, fetchSecret.code);
    writeAssetFolder(join(outDir, name), files);
  }
  const all = [...built, fetchSecret];
  for (const { name, sourceMap } of all) await writeFile(join(maps, `${name}.mjs.map`), sourceMap);
  const licences = await renderLicences(checkout, new Set(all.flatMap(({ inputs }) => inputs)));
  await writeFile(join(outDir, 'third-party-licences.txt'), licences);
  return Object.fromEntries(names.map((name) => [name, resolve(outDir, name)])) as CodeFolders;
}

/**
 * `sourceMap: 'external'` leaves no link in the code: Node reads a linked map while it loads the module, which costs more
 * than the module itself, and only stack traces of faults nobody foresaw need it.
 */
async function bundle(name: string, entryPoint: string) {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [entryPoint],
    outfile: 'index.mjs',
  });
  const output = (extension: string) => {
    const file = outputFiles.find(({ path }) => path.endsWith(extension));
    if (!file) throw new Error(`esbuild wrote no ${extension} for ${name}`);
    return file.contents;
  };
  return { name, code: output('.mjs'), sourceMap: output('.map'), inputs: Object.keys(metafile.inputs) };
}

/** Only some functions read a secret: the client for it is a file of its own, loaded when it is needed and left out elsewhere. */
const secretApart: Plugin = {
  name: 'secret-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/fetch-secret\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${bundleFiles.fetchSecret}`, external: true } : undefined,
    );
  },
};

const checkout = fileURLToPath(new URL('../..', import.meta.url));

const options = {
  // Every path is relative to the checkout, so its place on the disk cannot reach the output.
  absWorkingDir: checkout,
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // The order of `node`, not of browsers: with ESM first the AWS SDK loses its unused parts.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'external',
  legalComments: 'none',
  logLevel: 'warning',
  alias: {
    '@aws-sdk/credential-provider-node': './lib/bundle/lambda-credentials.ts',
    '@aws-sdk/credential-providers': './lib/bundle/lambda-credentials.ts',
  },
  plugins: [leaveOutUnused, secretApart],
  // Asked for when needed, which is never: streamed answers, which Parameter Store does not give.
  external: ['@smithy/core/event-streams'],
  // CommonJS packages in an ES module still call require() for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} satisfies BuildOptions;
