import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { renderLicences } from './licences.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** What is loaded together, in one file each with all that it imports, since Node looks for each file, reads and compiles it by itself. */
const GROUPS = [
  { name: 'start', files: ['lib/contract.ts', 'lib/cli/program.ts', 'bin/process-io.ts'] },
  {
    name: 'database',
    files: ['compile', 'down', 'history', 'plan', 'status', 'up', 'verify'].map(
      (job) => `lib/jobs/${job}.ts`,
    ),
  },
] as const;

/** Packages of many small files that each command loads, or each that goes to a database: they are built in. */
const BUILT_IN = /^(commander|pg|pg-(?!native)[^/]+|pgpass|postgres-[^/]+|split2|xtend)(\/|$)/;

/**
 * Builds the command line of the package: few files that hold what is loaded together, in the place of hundreds. What is loaded only when it is
 * needed stays apart; other packages stay where npm has put them. Beside the files are the licences of what was built in.
 *
 * @param compiled the folder in which all sources lie, compiled: what is started as a process or a thread of its own is started from there
 * @param outDir beside them; all of it lies in this one folder
 * @returns the names of the files
 */
export async function buildCliCode(compiled: string, outDir: string): Promise<readonly string[]> {
  const build = await rolldown({
    cwd: checkout,
    input: 'bin/registry-jobs.ts',
    platform: 'node',
    external: (id, importer) => importer !== undefined && !isBuiltIn(id),
    transform: { target: 'node22' },
    plugins: [asCompiled(compiled, outDir)],
  });
  const { output } = await build.write({
    dir: outDir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Names stay, for whoever reads where a fault nobody foresaw came from.
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
    codeSplitting: {
      groups: GROUPS.map(({ name, files }, index) => {
        const all: ReadonlySet<string> = new Set(files.map((file) => join(checkout, file)));
        return { name, priority: GROUPS.length - index, test: (id: string) => all.has(id) };
      }),
    },
  });
  await build.close();
  const missing = GROUPS.filter(({ name }) => !output.some((file) => file.name === name));
  if (missing.length > 0)
    throw new Error(`No file was made of ${missing.map(({ name }) => name).join(', ')}`);
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const licences = await renderLicences(checkout, new Set(modules.map((id) => relative(checkout, id))));
  await writeFile(join(outDir, 'third-party-licences.txt'), licences);
  return output.map(({ fileName }) => fileName);
}

function isBuiltIn(id: string): boolean {
  return id.startsWith('.') || isAbsolute(id) || BUILT_IN.test(id);
}

/** A module that asks where it lies is told where it lies compiled, alone. */
function asCompiled(compiled: string, outDir: string): Plugin {
  return {
    name: 'as-compiled',
    load: {
      filter: { id: /\.ts$/ },
      handler: async (file) => {
        const source = await readFile(file, 'utf8');
        if (!/\bimport\.meta\.(dirname|filename)\b/.test(source)) return undefined;
        const home = relative(outDir, join(compiled, relative(checkout, dirname(file))));
        const place = (...names: readonly string[]) =>
          `compiledAt(import.meta.dirname, ${JSON.stringify([home, ...names].join('/').split(sep).join('/'))})`;
        const code = source
          .replace(/\bimport\.meta\.filename\b/g, () => place(basename(file).replace(/\.ts$/, '.js')))
          .replace(/(?<!compiledAt\()\bimport\.meta\.dirname\b/g, () => place());
        return { moduleType: 'ts', code: `import { join as compiledAt } from 'node:path';\n${code}` };
      },
    },
  };
}
