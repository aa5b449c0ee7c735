import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What everybody may read. Lambda runs code as a user of its own, the zip carries these modes, and no hash contains them: a
 * zip that only its builder could read would be uploaded once and then never again.
 */
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * Makes the folder hold exactly these files, readable by everybody whatever the umask is. A file that has the wanted bytes
 * already is not written again, so a second build beside a running one never shows it a half-written file, and whatever an
 * earlier build left goes away.
 */
export function writeAssetFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  setMode(folder, FOLDER_MODE);
  const present = new Set(readdirSync(folder));
  for (const name of present) if (!files.has(name)) rmSync(join(folder, name), { recursive: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    if (present.has(name)) {
      setMode(path, FILE_MODE);
      if (readFileSync(path).equals(content)) continue;
    }
    writeFileSync(path, content);
    setMode(path, FILE_MODE);
  }
}

/** Only where it differs: a file that somebody else made may be right and not ours to change. */
function setMode(path: string, mode: number): void {
  if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode);
}
