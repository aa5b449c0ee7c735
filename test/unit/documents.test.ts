import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../lib/cli/program.ts';
import { codeBlocks } from '../support/markdown.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const documents = globSync('{*.md,docs/**/*.md,examples/**/*.md}', { cwd: root }).sort();
const sources = globSync('{bench,bin,lambdas,lib,migrations,test}/**/*.{ts,sql}', { cwd: root });

const io = { out() {}, err() {}, isTerminal: false, hasColor: false, env: {}, folder: '.', who: '' };
const program = createProgram({ ...io, ask: async () => '' }, '', async () => {});

/** What a reader is told to type. */
function commandsOf(file: string): string {
  const shown = codeBlocks(read(file)).flatMap((block) => block.match(/(?<=^\$ ).*/gm) ?? []);
  return [...codeBlocks(read(file), 'sh'), ...shown].join('\n');
}

/** Without what stands in blocks of code, where brackets are no links and # is no heading. */
function prose(file: string): string {
  return read(file).replace(/^```.*?^```/gms, '');
}

/** What GitHub calls the headings of a document. */
function anchorsOf(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(documents)('every link of %s leads somewhere', (file) => {
  const targets = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const broken = targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [to = '', anchor] = target.split('#');
    const found = to ? path.join(path.dirname(file), to) : file;
    if (!existsSync(path.join(root, found))) return true;
    return anchor !== undefined && !anchorsOf(found).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(documents)('every file of this repository that %s names is there', (file) => {
  const named = [...prose(file).matchAll(/`((?:bench|bin|docs|examples|lambdas|lib|test)\/[\w./-]*)`/g)];
  expect(named.map(([, name = '']) => name).filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
});

test('every document that a source names is there', () => {
  const named = sources.flatMap((file) => read(file).match(/\bdocs\/[\w/-]+\.md/g) ?? []);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
});

test.each(documents)('every npm script that %s names is one', (file) => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...commandsOf(file).matchAll(/\bnpm run (?:--silent )?([\w:]+)|\bnpm (start|test)\b/g)];
  expect(
    named.map(([, script, short]) => script ?? short ?? '').filter((name) => !(name in scripts)),
  ).toEqual([]);
});

test.each(documents)('every command in %s is one, with options that it has', (file) => {
  const unknown = [...commandsOf(file).matchAll(/^(?:npx )?registry-jobs +([^#|>&\n]*)/gm)].flatMap(
    ([line, rest = '']) => {
      const [name = '', ...words] = rest.split(/[ =]/);
      const group = program.commands.find((it) => it.name() === name);
      if (!group) return /^[-[]/.test(name) ? [] : [line];
      const command =
        group.commands.length === 0 ? group : group.commands.find((it) => it.name() === words[0]);
      if (!command) return /^(?:[-[]|$)/.test(words[0] ?? '') ? [] : [line];
      const flags = ['--help', ...command.options.flatMap(({ short, long }) => [short, long])];
      return words.some((word) => /^--?\w/.test(word) && !flags.includes(word)) ? [line] : [];
    },
  );
  expect(unknown).toEqual([]);
});

test('the decisions are numbered without a gap, dated, and listed', () => {
  const rows = globSync('docs/decisions/0*.md', { cwd: root })
    .sort()
    .map((file, index) => {
      const number = String(index + 1).padStart(4, '0');
      const [, title, date] =
        /^# \d{4} (.*)\n\n(\d{4}-\d\d-\d\d)\n\n\*\*Decision\.\*\*/.exec(read(file)) ?? [];
      const name = path.basename(file);
      expect([name.slice(0, 4), read(file).slice(2, 6)], file).toEqual([number, number]);
      return `| [${number}](${name}) | ${date} | ${title} |`;
    });
  const listed = read('docs/decisions/README.md').match(/^\| \[.*$/gm);
  expect(listed).toEqual(rows);
});
