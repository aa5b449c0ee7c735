/** What reading alone takes: every file below a folder by js-yaml as it comes, written out as JSON that nobody keeps. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import yaml from 'js-yaml';

const folder = process.argv[2] ?? '.';
let written = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
  written += JSON.stringify(yaml.load(text)).length;
}
console.log(`${written} characters`);
