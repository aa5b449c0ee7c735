import type { Command } from 'commander';
import type {
  OperatorsAddReport,
  OperatorsDeprecateReport,
  OperatorsRmReport,
} from '../../../reports/operators-change.ts';
import type { Cli } from '../../database-command.ts';
import { confirm } from '../../migration-command.ts';

/** The options of every command that changes the rows of a registry. */
export interface ChangeOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** Adds those options. */
export function withChangeOptions(command: Command): Command {
  return command
    .option('--yes', 'do it without a question', false)
    .option('--json', 'write one JSON document to standard output', false);
}

/** Tries it, shows what it would do, asks, and does it. */
export function runChange(
  cli: Cli,
  { yes, json }: ChangeOptions,
  question: string,
  change: (write: boolean) => Promise<OperatorsAddReport | OperatorsRmReport | OperatorsDeprecateReport>,
): Promise<void> {
  return cli.run(json, async () => {
    // Loaded only here, like everything that one command alone needs.
    const { renderOperatorsChangeReport } = await import('../../../reports/operators-change.ts');
    let report = await change(yes);
    if (report.status === 'would-change') {
      if (!json) cli.io.err(`${renderOperatorsChangeReport(report)}\n`);
      await confirm(cli, yes, question);
      report = await change(true);
    }
    const text = renderOperatorsChangeReport(report);
    return { report, text, exitCode: report.status === 'failed' ? 1 : 0 };
  });
}
