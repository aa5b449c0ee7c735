import type { LeftOut } from '../reports/import.ts';
import { byBytes, withoutNumber } from './marked.ts';
import { withOthers } from './others.ts';
import type { Found, Piece, Reading, SourceFile } from './tool.ts';

/** A migration that is a folder with files of set names. */
export interface MigrationFolder {
  readonly name: string;
  readonly up: SourceFile;
  readonly down?: SourceFile;
  readonly others: readonly SourceFile[];
}

/** Reads folders that each are one migration, in the order of their names. */
export function readFolders(
  files: readonly SourceFile[],
  names: { readonly up: string; readonly down: string },
): MigrationFolder[] {
  const inside = files.flatMap((file) => {
    const [, folder, name] = /^([^/]+)\/([^/]+)$/.exec(file.path) ?? [];
    return folder && name ? [{ file, folder, name }] : [];
  });
  return [...Map.groupBy(inside, ({ folder }) => folder)]
    .flatMap(([name, members]): MigrationFolder[] => {
      const of = (wanted: string) => members.find((member) => member.name === wanted)?.file;
      const [up, down] = [of(names.up), of(names.down)];
      const others = members.map(({ file }) => file).filter((file) => file !== up && file !== down);
      return up ? [{ name, up, ...(down && { down }), others }] : [];
    })
    .toSorted((a, b) => byBytes(a.name, b.name));
}

/** Makes a migration of such a folder, if its name has a version. */
export function foundFolder(
  tool: string,
  { name, up, down }: MigrationFolder,
  named: { readonly id: string; readonly number: string; readonly title: string } | undefined,
  transaction: boolean,
): Found | LeftOut {
  if (!named) return withoutNumber(tool, up.path, name);
  const piece = ({ text }: SourceFile): Piece => ({ text, transaction });
  return {
    ...named,
    sources: [up.path, ...(down ? [down.path] : [])],
    kind: 'numbered',
    up: piece(up),
    ...(down && { down: piece(down) }),
  };
}

/** Whether it is a migration, and not something that was left out. */
export function isFound(one: Found | LeftOut): one is Found {
  return 'up' in one;
}

/** Tells what was found from what was left out, and names all other files of the folder. */
export function sortOut(
  tool: string,
  files: readonly SourceFile[],
  all: readonly (Found | LeftOut)[],
  named: readonly string[] = [],
): Pick<Reading, 'found' | 'leftOut'> {
  const leftOut = all.flatMap((one) => (isFound(one) ? [] : [one]));
  return withOthers(tool, files, { found: all.filter(isFound), leftOut }, { named });
}
