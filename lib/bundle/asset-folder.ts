import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the folder hold exactly these files. A file that has the wanted bytes already is not touched, so a second
 * build beside a running one never shows it a half-written file, and whatever an earlier build left goes away.
 */
export async function writeAssetFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stale = (await readdir(folder)).filter((name) => !files.has(name));
  await Promise.all([
    ...stale.map((name) => rm(join(folder, name), { recursive: true })),
    ...[...files].map(([name, content]) => writeWhenDifferent(join(folder, name), content)),
  ]);
}

async function writeWhenDifferent(path: string, content: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (!present?.equals(content)) await writeFile(path, content);
}
