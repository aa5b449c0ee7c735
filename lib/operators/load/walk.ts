import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { byBytes } from '../manifests/go-json.ts';

/** A file of a tree of manifests. */
export interface TreeFile {
  /** Below the root, with the separators of this system. */
  readonly name: string;
  /** Below the root; "" for the root itself. */
  readonly folder: string;
  /** What it is instead of a file that can be read to its end. */
  readonly otherKind?:
    | 'a folder that cannot be read'
    | 'a link to a folder, which is not followed'
    | 'a link to nothing'
    | 'no file, but a pipe, a socket or a device';
}

/**
 * The files of a tree in the order in which the registry's tools read them: folder by folder, names in the order of their bytes. Names that
 * begin with a dot are left out, with all below them; links to folders are not followed.
 */
export function walkTree(root: string): readonly TreeFile[] {
  const files: TreeFile[] = [];
  const walk = (folder: string) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(path.join(root, folder), { withFileTypes: true });
    } catch {
      const parent = path.dirname(folder);
      const otherKind = 'a folder that cannot be read';
      files.push({ name: folder, folder: parent === '.' ? '' : parent, otherKind });
      return;
    }
    for (const entry of entries.sort((one, other) => byBytes(one.name, other.name))) {
      if (entry.name.startsWith('.')) continue;
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(name);
      else {
        const otherKind = entry.isFile() ? undefined : kindOf(path.join(root, name));
        files.push({ name, folder, ...(otherKind && { otherKind }) });
      }
    }
  };
  walk('');
  return files;
}

/** Of a link, and of what is no file: reading a pipe would wait for ever. */
function kindOf(file: string): TreeFile['otherKind'] {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return 'a link to nothing';
  if (found.isDirectory()) return 'a link to a folder, which is not followed';
  return found.isFile() ? undefined : 'no file, but a pipe, a socket or a device';
}
