import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import type { JobName } from '../contract.ts';
import { leaveOutUnused } from './unused-code.ts';

/** The one file of a function's code, and the map that leads from it back to the sources. */
export interface LambdaCode {
  readonly code: Uint8Array;
  readonly sourceMap: Uint8Array;
}

/**
 * Bundles one handler. `sourceMap: 'external'` leaves no link in the code: Node reads a linked map while it loads the
 * module, which costs more than the module itself, and only stack traces of faults nobody foresaw need it.
 */
export async function bundleLambdaCode(job: JobName): Promise<LambdaCode> {
  const result = await build({
    ...options,
    entryPoints: [`lambdas/${job}/index.ts`],
    outfile: 'index.mjs',
  });
  const output = (extension: string) => {
    const file = result.outputFiles.find(({ path }) => path.endsWith(extension));
    if (!file) throw new Error(`esbuild wrote no ${extension} for ${job}`);
    return file.contents;
  };
  return { code: output('.mjs'), sourceMap: output('.map') };
}

const options = {
  // Every path is relative to the checkout, so its place on the disk cannot reach the output.
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  bundle: true,
  write: false,
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
  plugins: [leaveOutUnused],
  // Asked for when needed, which is never: streamed answers, which Parameter Store does not give.
  external: ['@smithy/core/event-streams'],
  // CommonJS packages in an ES module still call require() for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} satisfies BuildOptions;
