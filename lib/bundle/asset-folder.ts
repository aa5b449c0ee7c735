import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the folder hold exactly these files. A file that has the wanted bytes already is not touched, so a second
 * build beside a running one never shows it a half-written file, and whatever an earlier build left goes away.
 */
export function writeAssetFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  const present = new Set(readdirSync(folder));
  for (const name of present) if (!files.has(name)) rmSync(join(folder, name), { recursive: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    if (!present.has(name) || !readFileSync(path).equals(content)) writeFileSync(path, content);
  }
}
