import type { Command } from 'commander';
import { UsageError } from '../../../errors/error.ts';
import { shellWord } from '../../../text/format.ts';
import type { Cli } from '../../database-command.ts';
import { assertWritable, writeWhole } from '../../write-file.ts';
import { placeNamed } from './place.ts';

interface InspectOptions {
  readonly provides?: string;
  readonly images?: true | string;
  readonly replaces?: string;
  readonly html?: string;
  readonly json: boolean;
}

export function addOperatorsInspect({ io, run }: Cli, group: Command): void {
  group
    .command('inspect')
    .argument('<file>', 'the SQLite file of an operator registry, of any version')
    .argument('[package]', 'one package: its channels')
    .argument('[channel]', 'one channel of it: its graph of upgrades')
    .description('tell what is in it: packages, channels, heads, upgrades')
    .option('--provides <api>', 'which bundles provide an API: group/version/kind')
    .option('--images [bundle]', 'all images, or those of a bundle')
    .option('--replaces <bundle>', 'which bundles replace or skip this one')
    .option('--html <file>', 'write the graph of the channel as a page of its own')
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Of a channel the head stands on top, below it what it replaces, and so on, with what is skipped at
each. A file of an older version is read in a copy in memory, migrated and repaired there. The file
itself is never written.

Examples:
  registry-jobs operators inspect index.db
  registry-jobs operators inspect index.db etcd
  registry-jobs operators inspect index.db etcd stable --html stable.html
  registry-jobs operators inspect index.db --provides etcd.database.coreos.com/v1beta2/EtcdCluster`,
    )
    .action(
      (file: string, packageName: string | undefined, channel: string | undefined, options: InspectOptions) =>
        run(options.json, async () => {
          const { provides, images, replaces } = options;
          assertOneQuestion(file, packageName, channel, options);
          if (options.html !== undefined) await assertWritable(io, options.html, 'page');
          // Loaded only here, like everything that one command alone needs.
          const { inspectOperators } = await import('../../../operators/inspect.ts');
          const { renderOperatorsInspectReport } = await import('../../../reports/operators-inspect.ts');
          const report = await inspectOperators(placeNamed(io, file), {
            shownAs: file,
            ...(packageName !== undefined && { package: packageName }),
            ...(channel !== undefined && { channel }),
            ...(provides !== undefined && { provides }),
            ...(images !== undefined && { images }),
            ...(replaces !== undefined && { replaces }),
          });
          let text = renderOperatorsInspectReport(report);
          if (options.html !== undefined) {
            const { renderChannelPage } = await import('../../../reports/operators-page.ts');
            await writeWhole(io, options.html, renderChannelPage(report));
            text += `\nThe page is in ${options.html}.`;
          }
          return { report, text, exitCode: 0 };
        }),
    );
}

/** @throws UsageError `inspect-questions` */
function assertOneQuestion(
  file: string,
  packageName: string | undefined,
  channel: string | undefined,
  { provides, images, replaces, html }: InspectOptions,
): void {
  const asked = [provides, images, replaces].filter((one) => one !== undefined).length;
  const isGraph = channel !== undefined && asked === 0;
  let problem: string | undefined;
  if (asked > 1) problem = '--provides, --images and --replaces are three questions: ask one at a time.';
  else if (images !== undefined && packageName !== undefined)
    problem = '--images takes a bundle, and no package.';
  else if (asked === 1 && channel !== undefined)
    problem = 'A question is about a file or a package, and no channel.';
  else if (html !== undefined && !isGraph)
    problem = '--html draws the graph of a channel: name its package and the channel.';
  if (problem === undefined) return;
  throw new UsageError('inspect-questions', problem, {
    hint: `See what there is: registry-jobs operators inspect ${[file, ...(packageName === undefined ? [] : [packageName])].map(shellWord).join(' ')}`,
  });
}
