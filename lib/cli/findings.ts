import { type Command, Option } from 'commander';
import { type LintReport, lintAsSarif, renderLintForGitHub } from '../reports/lint.ts';
import type { CommandResult } from './command.ts';

/** How findings are written, and what they come to. */
export interface FindingsOptions {
  readonly strict: boolean;
  readonly format: 'text' | 'github' | 'sarif';
  readonly json: boolean;
}

/** Adds those options to a command that looks for what is wrong. */
export function withFindingsOptions(command: Command): Command {
  return command
    .option('--strict', 'exit with 1 for warnings, too', false)
    .addOption(
      new Option('--format <format>', 'how findings are written')
        .choices(['text', 'github', 'sarif'])
        .default('text'),
    )
    .option('--json', 'write one JSON document to standard output', false);
}

/** Whether a document is written, and not lines. Pure. */
export function isDocument({ format, json }: FindingsOptions): boolean {
  return json || format === 'sarif';
}

/**
 * What a command comes to that has looked for what is wrong: exit code 1 for errors, and for warnings where that is asked for. Pure.
 *
 * @param version of this tool, for SARIF
 * @param render the report as lines for people
 */
export function presentFindings<Report extends Pick<LintReport, 'findings' | 'status'>>(
  report: Report,
  { strict, format, json }: FindingsOptions,
  version: string,
  render: (report: Report) => string,
): CommandResult {
  const fails = report.status === 'errors' || (strict && report.status === 'warnings');
  return {
    report: format === 'sarif' && !json ? lintAsSarif(report, version) : report,
    text: format === 'github' ? renderLintForGitHub(report) : render(report),
    exitCode: fails ? 1 : 0,
  };
}
