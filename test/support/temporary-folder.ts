import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEndOfFile } from './finish-file.ts';

const made: string[] = [];
atEndOfFile(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder outside of this checkout, which goes when the test file that imports this is done. */
export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'registry-jobs-test-'));
  made.push(folder);
  return folder;
}
