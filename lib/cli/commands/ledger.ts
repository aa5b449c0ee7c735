import type { LedgerOptions } from '../../engine/change.ts';
import { type LedgerReport, renderLedgerReport } from '../../reports/ledger.ts';
import { exactPlaceOf } from '../../text/place.ts';
import type { Cli } from '../database-command.ts';
import {
  confirm,
  type MigrationOptions,
  type MigrationTools,
  migrationCommand,
  runMigrationCommand,
} from '../migration-command.ts';

interface LedgerCommandOptions extends MigrationOptions {
  readonly yes: boolean;
}

export function addForce(cli: Cli): void {
  ledgerCommand(cli, 'force', 'call one version applied, or not applied, without running its file')
    .argument('<version>', 'the version, or its number alone')
    .option('--remove', 'call it not applied', false)
    .addHelpText(
      'after',
      `
For when the database was mended by hand: a file that stopped half way, an edit that was meant.

Examples:
  registry-jobs force 014
  registry-jobs force 014_labels --remove --yes`,
    )
    .action((version: string, options: LedgerCommandOptions & { readonly remove: boolean }) =>
      change(cli, options, async ({ compiled, settings }, ledgerOptions) => {
        const { force } = await import('../../jobs/force.ts');
        return force(compiled, settings, version, { ...ledgerOptions, remove: options.remove });
      }),
    );
}

export function addBaseline(cli: Cli): void {
  ledgerCommand(cli, 'baseline', 'call everything up to a version applied, without running anything')
    .argument('<version>', 'the last version that the database already has')
    .addHelpText(
      'after',
      '\nFor a database that was there before its migrations.\n\nExamples:\n  registry-jobs baseline 013',
    )
    .action((version: string, options: LedgerCommandOptions) =>
      change(cli, options, async ({ compiled, settings }, ledgerOptions) => {
        const { baseline } = await import('../../jobs/baseline.ts');
        return baseline(compiled, settings, version, ledgerOptions);
      }),
    );
}

export function addAdopt(cli: Cli): void {
  ledgerCommand(cli, 'adopt', 'take over the ledger of Rails, dbmate, golang-migrate or Flyway')
    .addHelpText(
      'after',
      `
What the other tool calls applied is called applied here; its own table is kept. Versions are
matched with files by number.

Examples:
  registry-jobs adopt --migrations db/migrations`,
    )
    .action((options: LedgerCommandOptions) =>
      change(cli, options, async ({ compiled, settings }, ledgerOptions) => {
        const { adopt } = await import('../../jobs/adopt.ts');
        return adopt(compiled, settings, ledgerOptions);
      }),
    );
}

export function addRenumber(cli: Cli): void {
  ledgerCommand(cli, 'renumber', 'tell the ledger of files that were renamed after they were applied')
    .addHelpText('after', '\nA file is recognised by its text.\n\nExamples:\n  registry-jobs renumber --yes')
    .action((options: LedgerCommandOptions) =>
      change(cli, options, async ({ compiled, settings }, ledgerOptions) => {
        const { renumber } = await import('../../jobs/renumber.ts');
        return renumber(compiled, settings, ledgerOptions);
      }),
    );
}

function ledgerCommand(cli: Cli, name: string, description: string) {
  return migrationCommand(cli, name, description).option('--yes', 'do not ask', false);
}

/** Shows what would be written, asks, and writes it. */
function change(
  cli: Cli,
  options: LedgerCommandOptions,
  command: (tools: MigrationTools, options: LedgerOptions) => Promise<LedgerReport>,
): Promise<void> {
  return runMigrationCommand(cli, options, async (tools) => {
    const planned = await command(tools, { ...tools.runOptions, apply: false });
    const present = (report: LedgerReport) =>
      ({ report, text: renderLedgerReport(report), exitCode: 0 }) as const;
    if (planned.status === 'nothing-to-do') return present(planned);
    // Whoever is sure reads it once, when it is done. Where nobody can be asked it is only shown, unless it overrules what is on record.
    if (!options.yes) {
      const shown = renderLedgerReport(planned);
      if (planned.command !== 'force' && (options.json || !cli.io.isTerminal)) {
        const next = `Nothing was written yet. To write it:\n  ${cli.asCalled()} --yes`;
        return { report: planned, text: `${shown}\n${next}`, exitCode: 0 };
      }
      if (!options.json) cli.io.err(`${shown}\n`);
    }
    await confirm(
      cli,
      options.yes,
      `This writes the ledger of ${exactPlaceOf(planned.database)} and runs no file.`,
    );
    return present(
      await cli.stop.inOrder((signal) => command(tools, { ...tools.runOptions, signal, apply: true })),
    );
  });
}
