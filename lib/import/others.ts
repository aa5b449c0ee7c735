import type { LeftOut } from '../reports/import.ts';
import type { Reading, SourceFile } from './tool.ts';

/** What a file that is not SQL is written in, by how its name ends. */
const LANGUAGES: Readonly<Record<string, string>> = {
  go: 'Go',
  java: 'Java',
  class: 'Java',
  kt: 'Kotlin',
  scala: 'Scala',
  groovy: 'Groovy',
  ts: 'TypeScript',
  mts: 'TypeScript',
  cts: 'TypeScript',
  js: 'JavaScript',
  mjs: 'JavaScript',
  cjs: 'JavaScript',
  rb: 'Ruby',
  py: 'Python',
  rs: 'Rust',
};

/**
 * Names every file that no migration was made of, so that nothing is left out in silence: first of all migrations in a programming language.
 *
 * @param taken the files that were made into something, or have been named already
 * @param idOf what the tool's ledger calls the migration of a file that is a program, if it is a migration
 */
export function nameOthers(
  tool: string,
  files: readonly SourceFile[],
  taken: Iterable<string>,
  idOf: (path: string) => string | undefined,
): LeftOut[] {
  const known = new Set(taken);
  return files
    .filter(({ path }) => !known.has(path) && !isNobodys(path))
    .map(({ path }): LeftOut => {
      const language = LANGUAGES[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
      const id = language && idOf(path);
      return id === undefined
        ? { file: path, line: 1, why: `no migration of ${tool}, so it is left out.` }
        : {
            file: path,
            line: 1,
            why: `a migration in ${language}: there is no SQL to carry. Write what it does as SQL, with its version.`,
            migration: id,
          };
    });
}

/** What was read of a folder, and besides it every file that nothing was made of: see {@link nameOthers}. */
export function withOthers(
  tool: string,
  files: readonly SourceFile[],
  { found, leftOut }: Pick<Reading, 'found' | 'leftOut'>,
  {
    named = [],
    idOf = () => undefined,
  }: { readonly named?: readonly string[]; readonly idOf?: (path: string) => string | undefined } = {},
): Pick<Reading, 'found' | 'leftOut'> {
  const taken = [...named, ...found.flatMap(({ sources }) => sources), ...leftOut.map(({ file }) => file)];
  return { found, leftOut: [...leftOut, ...nameOthers(tool, files, taken, idOf)] };
}

/** What lies in every folder. */
function isNobodys(path: string): boolean {
  return path.split('/').some((name) => /^(\.|readme(\.|$)|licen[cs]e(\.|$))/i.test(name));
}

/** The name of a file without its folder. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The version in front of a name, and what comes after it; nothing where there is none. */
export function splitName(name: string): { readonly number: string; readonly title: string } | undefined {
  const match = /^(\d+)[-_. ]*(.*?)$/.exec(name.replace(/\.sql$/i, ''));
  return match?.[1] === undefined ? undefined : { number: match[1], title: match[2] ?? '' };
}

/** A version as a number is written without leading zeros. */
export function plainNumber(digits: string): string {
  return BigInt(digits).toString();
}
