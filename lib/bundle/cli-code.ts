import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the command line of the package: few files that hold what is loaded together, in the place of hundreds, each of which Node would look
 * for, read and compile by itself. What is loaded only when it is needed stays apart; packages stay where npm has put them.
 *
 * @param compiled the folder in which all sources lie, compiled: what is started as a process or a thread of its own is started from there
 * @param outDir beside them; all of it lies in this one folder
 */
export async function buildCliCode(compiled: string, outDir: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: ['bin/registry-jobs.ts'],
    outdir: outDir,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Names stay, for whoever reads where a fault nobody foresaw came from.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [asCompiled(compiled, outDir)],
  });
  return Object.keys(metafile.outputs).map((file) => basename(file));
}

/** A module that asks where it lies is told where it lies compiled, alone. */
function asCompiled(compiled: string, outDir: string): Plugin {
  return {
    name: 'as-compiled',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        const source = await readFile(file, 'utf8');
        if (!/\bimport\.meta\.(dirname|filename)\b/.test(source)) return undefined;
        const home = relative(outDir, join(compiled, relative(checkout, dirname(file))));
        const place = (...names: readonly string[]) =>
          `compiledAt(import.meta.dirname, ${JSON.stringify([home, ...names].join('/').split(sep).join('/'))})`;
        const contents = source
          .replace(/\bimport\.meta\.filename\b/g, () => place(basename(file).replace(/\.ts$/, '.js')))
          .replace(/(?<!compiledAt\()\bimport\.meta\.dirname\b/g, () => place());
        return { loader: 'ts', contents: `import { join as compiledAt } from 'node:path';\n${contents}` };
      });
    },
  };
}
