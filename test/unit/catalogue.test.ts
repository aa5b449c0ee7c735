import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { renderErrorReference } from '../../lib/cli/error-reference.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { nobodysIo } from '../../lib/cli/reference.ts';
import type { Entry } from '../../lib/errors/catalogue/entry.ts';
import { catalogue, warningCatalogue } from '../../lib/errors/catalogue.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import type { WarningReport } from '../../lib/errors/warning.ts';

const root = path.resolve(import.meta.dirname, '../..');
const errors = Object.entries<Entry>(catalogue);
const warnings = Object.entries<Entry>(warningCatalogue);
const both = [
  ...errors.map(([code, entry]) => [`error ${code}`, entry] as const),
  ...warnings.map(([code, entry]) => [`warning ${code}`, entry] as const),
];

test('docs/reference/errors.md is up to date; if not: npm run reference', () => {
  const written = readFileSync(path.join(root, 'docs/reference/errors.md'), 'utf8');
  expect(written.replaceAll('\r\n', '\n')).toBe(renderErrorReference());
});

test('there is a section for each code, in order, with what it means, an example and what to do', () => {
  const [, ...sections] = renderErrorReference().split(/^## /m);
  const titles = sections.map((section) => section.split('\n', 1)[0]);
  expect(titles).toEqual([...new Set([...errors, ...warnings].map(([code]) => code))].sort());
  expect(sections.find((section) => section.startsWith('unknown-version\n'))?.trimEnd()).toBe(`unknown-version

There is no migration of that version or number, or it has no number, so that nothing comes before or after it.

\`\`\`
error: There is no migration 99. [unknown-version]
\`\`\`

What to do: See the versions: \`npx registry-jobs status\`.`);
});

test('a code that is not in it is refused by the compiler', () => {
  // @ts-expect-error
  expect(new RegistryJobsError('no-such-code', 'No.').code).toBe('no-such-code');
  // @ts-expect-error
  const warning: WarningReport = { code: 'statement-failed', message: 'An error, and no warning.' };
  expect(warning.code in warningCatalogue).toBe(false);
});

test('no topic is left out, and no two have the same code', async () => {
  const topics = globSync('lib/errors/catalogue/*.ts', { cwd: root }).filter(
    (file) => !file.includes('entry'),
  );
  const codes: string[] = [];
  for (const file of topics) {
    const [table] = Object.values<object>(await import(path.join(root, file)));
    codes.push(...Object.keys(table ?? {}));
  }
  expect(codes.sort()).toEqual([...errors, ...warnings].map(([code]) => code).sort());
});

test('no code is dead: each is in the sources, and not only where it is asked for', () => {
  const used = new Set<string>();
  for (const file of globSync('{environments.ts,{lib,lambdas}/**/*.ts}', { cwd: root })) {
    if (file.startsWith(path.join('lib', 'errors', 'catalogue'))) continue;
    addStrings(parseAst(readFileSync(path.join(root, file), 'utf8'), { lang: 'ts' }), used);
  }
  expect([...errors, ...warnings].map(([code]) => code).filter((code) => !used.has(code))).toEqual([]);
});

/** The strings that a program makes. One that is compared with, or belongs to a type, is not among them. */
function addStrings(node: unknown, into: Set<string>): void {
  if (Array.isArray(node)) for (const child of node) addStrings(child, into);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  const { type, value } = node as { type?: string; value?: unknown };
  if (type === 'TSLiteralType' || type === 'BinaryExpression') return;
  if (type === 'Literal' && typeof value === 'string') into.add(value);
  for (const child of Object.values(node)) addStrings(child, into);
}

describe.each(both)('%s', (name, { means, remedy, example }) => {
  const [kind, code] = name.split(' ');

  test('is told in whole sentences', () => {
    for (const text of [means, remedy]) {
      expect(text).toMatch(/\.$/);
      for (const sentence of text.split(/(?<=\.) /)) expect(sentence).toMatch(/^[A-Z`]/);
      expect(text).toMatch(/^[A-Z]/);
      // Whoever forgets a backtick has it swallow the rest of the paragraph.
      expect(text.split('`').length % 2).toBe(1);
    }
  });

  test('has commands that are taken as they stand there', async () => {
    for (const [, command = ''] of `${means} ${remedy}`.matchAll(/`(?:DEBUG=1 )?npx registry-jobs ([^`]+)`/g))
      expect(await complaint(command), command).toBe('');
    for (const [, script = ''] of remedy.matchAll(/npm run ([\w:]+)/g))
      expect(scripts, script).toHaveProperty([script]);
    for (const [, option = ''] of `${means} ${remedy}`.matchAll(/`(--[a-z-]+)(?: [^`]*)?`/g))
      expect(options, option).toContain(option);
  });

  // A few have none: no text of theirs could be shown that is real.
  if (example === undefined) return;
  test('has an example as it is printed', () => {
    const [first = '', second, ...rest] = example.split('\n');
    if (kind === 'warning') expect(first).toMatch(/^Warning: .*\.$/);
    else expect(first.endsWith(` [${code}]`)).toBe(true);
    if (second === undefined) return;
    expect([second, ...rest]).toEqual([
      expect.stringMatching(/^\d+ \| /),
      expect.stringMatching(/^ +\| +\^$/),
    ]);
    // The caret stands where the place says.
    const [, line, column] = /:(\d+):(\d+): /.exec(first) ?? [];
    const [number = '', source = ''] = second.split(' | ', 2);
    expect(number).toBe(line);
    expect(rest[0]?.indexOf('^')).toBe(number.length + ' | '.length + Number(column) - 1);
    expect(source.length).toBeGreaterThanOrEqual(Number(column));
  });
});

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const quiet = nobodysIo();
const options = createProgram(quiet, '', () => Promise.resolve()).commands.flatMap((command) =>
  command.options.map(({ long }) => long),
);

/** What the command line has to say against a command, which is not run. */
async function complaint(command: string): Promise<string> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  const said: string[] = [];
  const program = createProgram({ ...quiet, err: (text) => said.push(text) }, '', () => Promise.resolve());
  await program.parseAsync(words, { from: 'user' }).catch((error: Error) => said.push(error.message));
  return said.join('');
}
