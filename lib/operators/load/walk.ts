import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { byBytes } from '../manifests/go-json.ts';

/** A file of a tree of manifests. */
export interface TreeFile {
  /** Below the root, with the separators of this system. */
  readonly name: string;
  /** Below the root; "" for the root itself. */
  readonly folder: string;
  /** A link to a folder: it is not followed. */
  readonly isLinkToFolder: boolean;
}

/**
 * The files of a tree in the order in which the registry's tools read them: folder by folder, names in the order of their bytes. Names that
 * begin with a dot are left out, with all below them; links to folders are not followed.
 *
 * @throws the error of the system for a folder that cannot be read
 */
export function walkTree(root: string): readonly TreeFile[] {
  const files: TreeFile[] = [];
  const walk = (folder: string) => {
    const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
    for (const entry of entries.sort((one, other) => byBytes(one.name, other.name))) {
      if (entry.name.startsWith('.')) continue;
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(name);
      else
        files.push({
          name,
          folder,
          isLinkToFolder: entry.isSymbolicLink() && isFolder(path.join(root, name)),
        });
    }
  };
  walk('');
  return files;
}

function isFolder(file: string): boolean {
  try {
    readdirSync(file);
    return lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}
