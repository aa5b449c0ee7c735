import type { Command } from 'commander';
import type { Cli } from '../../database-command.ts';
import { placeNamed } from './place.ts';

export function addOperatorsDiff({ io, run }: Cli, group: Command): void {
  group
    .command('diff')
    .argument('<before>', 'the SQLite file of an operator registry, of any version, or a folder of manifests')
    .argument('<after>', 'another one')
    .description(
      'tell what came, went and changed from one registry to another; exits with 1 where they differ',
    )
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Compares by name: packages, channels, heads, entries, and of bundles what the tables hold and the
fields of their csv. Ids, the order of rows, repeated rows, and "" for NULL do not count.

Examples:
  registry-jobs operators diff old.db index.db
  registry-jobs operators diff index.db manifests`,
    )
    .action((before: string, after: string, { json }: { readonly json: boolean }) =>
      run(json, async () => {
        // Loaded only here, like everything that one command alone needs.
        const { diffOperators } = await import('../../../operators/diff.ts');
        const { renderOperatorsDiffReport } = await import('../../../reports/operators-diff.ts');
        const places = [placeNamed(io, before), placeNamed(io, after)] as const;
        const report = await diffOperators(...places, { shownAs: [before, after] });
        return {
          report,
          text: renderOperatorsDiffReport(report),
          exitCode: report.status === 'equal' ? 0 : 1,
        };
      }),
    );
}
