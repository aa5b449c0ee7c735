import { type Command, Option } from 'commander';
import { UsageError } from '../../../errors/error.ts';
import type { Cli } from '../../database-command.ts';
import { type ChangeOptions, runChange, withChangeOptions } from './change.ts';
import { placeNamed } from './place.ts';

interface AddOptions extends ChangeOptions {
  readonly image: readonly string[];
  readonly mode: 'replaces' | 'semver' | 'semver-skippatch';
  readonly overwriteLatest: boolean;
  readonly substitutesFor: boolean;
}

export function addOperatorsAdd(cli: Cli, group: Command): void {
  withChangeOptions(
    group
      .command('add')
      .argument('<file>', 'the SQLite file of an operator registry')
      .argument('<folder...>', 'the folders of bundles, each with manifests and metadata')
      .description('add bundles to the channels that their annotations name')
      .option(
        '--image <reference>',
        'the image of the bundle; of several bundles FOLDER=REFERENCE for each',
        (one: string, all: readonly string[]) => [...all, one],
        [],
      )
      .addOption(
        new Option('--mode <mode>', 'what decides on the place in a channel')
          .choices(['replaces', 'semver', 'semver-skippatch'])
          .default('replaces'),
      )
      .option('--overwrite-latest', 'take the place of a bundle of this name that nothing replaces', false)
      .option(
        '--substitutes-for',
        'take bundles that stand in for others by olm.substitutesFor, as opm does with --enable-alpha',
        false,
      ),
  )
    .addHelpText(
      'after',
      `
Adds all of them, or none: what is wrong with any is told with file and line. The images are not
pulled; their references are what a cluster pulls. A file of an older version is brought to the
newest one first, in the same transaction. Every bundle has to be reached in its channels
afterwards, those that were there too. Shows what it would do, and asks.

With --mode replaces the highest version is the head, and each bundle replaces what its CSV says;
with semver each replaces the next lower version, with semver-skippatch patches are skipped.

Examples:
  registry-jobs operators add index.db etcd/1.1.0 --image quay.io/coreos/etcd-bundle:v1.1.0
  registry-jobs operators add index.db a b --image a=quay.io/me/a:v1 --image b=quay.io/me/b:v1`,
    )
    .action((file: string, folders: string[], options: AddOptions) =>
      runChange(cli, options, `This changes ${file}.`, async (write) => {
        // Loaded only here: the reader of YAML, and SQLite.
        const { addOperators } = await import('../../../operators/change/add.ts');
        return addOperators(placeNamed(cli.io, file), sourcesOf(folders, options.image), {
          root: cli.io.folder,
          shownAs: file,
          mode: options.mode,
          overwriteLatest: options.overwriteLatest,
          substitutes: options.substitutesFor,
          write,
        });
      }),
    );
}

/**
 * Each folder with its image.
 *
 * @throws UsageError `bundle-image` where one is missing, or belongs to no folder
 */
function sourcesOf(named: readonly string[], images: readonly string[]) {
  // A shell that completes a name ends it with a slash.
  const folders = named.map((folder) => folder.replace(/(?<=.)\/+$/, ''));
  const [only] = images;
  const isPair = (image: string) => folders.some((folder) => isOf(folder, image));
  if (folders.length === 1 && images.length === 1 && only && !isPair(only)) {
    return folders.map((directory) => ({ directory, image: only }));
  }
  const wrong = images.find((image) => !isPair(image));
  if (wrong !== undefined) {
    throw new UsageError('bundle-image', `--image ${wrong} names none of the folders. Nothing was done.`, {
      hint: `Name the folder before it: --image ${folders[0]}=${wrong}`,
    });
  }
  return folders.map((directory) => {
    const found = images.filter((image) => isOf(directory, image));
    const image = found[0]?.replace(/^[^=]*\/=/, `${directory}=`).slice(directory.length + 1) ?? '';
    if (found.length === 1 && image !== '') return { directory, image };
    const what = found.length > 1 ? 'has several images' : 'has no image';
    throw new UsageError('bundle-image', `The bundle ${directory} ${what}. Nothing was done.`, {
      hint: `Name the one that a cluster pulls: --image ${directory}=quay.io/me/bundle:v1`,
    });
  });
}

/** Whether it says the image of that folder. */
function isOf(folder: string, image: string): boolean {
  return image.startsWith(`${folder}=`) || image.startsWith(`${folder}/=`);
}
