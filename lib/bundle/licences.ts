import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licence of every package that went into bundled code. Whoever passes the code on, as the package does, has to pass
 * these on with it.
 *
 * @param inputs files below `root`, as esbuild names them
 */
export async function renderLicences(root: string, inputs: Iterable<string>): Promise<string> {
  const packages = new Set<string>();
  for (const input of inputs) {
    const [home] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
    if (home) packages.add(home);
  }
  // Many packages of one house have the same text.
  const byText = new Map<string, string[]>();
  for (const home of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, home, 'package.json'), 'utf8'));
    const text = (await readTexts(join(root, home))) || license;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...byText]
    .map(([text, names]) => `${names.join('\n')}\n\n${text.trim()}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

async function readTexts(home: string): Promise<string> {
  const files = (await readdir(home)).filter((name) => /^(licen[cs]e|notice)/i.test(name)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(home, file), 'utf8')));
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}
