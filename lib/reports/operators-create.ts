import { count, formatDuration, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { type LintFinding, renderLintFindings } from './lint.ts';

/** What became of a registry that was to be made. */
export interface OperatorsCreateReport {
  readonly command: 'operators create';
  /** `failed`: nothing was written, for at least one finding is an error. */
  readonly status: 'created' | 'failed';
  /** The folder of manifests, and the file, as they were named. */
  readonly folder: string;
  readonly database: string;
  /** Whether the file replaces one that was there. Of one that failed: whether there is one, which stays. */
  readonly replaced: boolean;
  /** The version of the schema. */
  readonly version: number;
  /** How many files were read. */
  readonly files: number;
  /** What is in the file; of one that failed: what could have been loaded. */
  readonly packages: number;
  readonly channels: number;
  readonly bundles: number;
  readonly durationMs: number;
  /** Errors that were let pass (--permissive) are here as well. */
  readonly findings: readonly LintFinding[];
}

/** As a person reads it. Pure. */
export function renderOperatorsCreateReport(report: OperatorsCreateReport): string {
  const { status, folder, database, replaced, version, files, findings } = report;
  const errors = findings.filter(({ level }) => level === 'error').length;
  const lines = renderLintFindings(findings);
  const read = `${count(files, 'file')} in ${folder} read`;
  if (status === 'failed') {
    const left = replaced ? `${database} is as it was` : `there is no ${database}`;
    lines.push(...wrapWords(`${read}: ${count(errors, 'error')}. Nothing was written: ${left}.`));
    lines.push(
      'To load the rest without them:',
      `  registry-jobs operators create ${shellWord(folder)} --database ${shellWord(database)} --permissive${replaced ? ' --replace' : ''}`,
    );
    return visible(lines.join('\n'));
  }
  const holds = [
    count(report.packages, 'package'),
    count(report.channels, 'channel'),
    count(report.bundles, 'bundle'),
  ];
  lines.push(
    ...wrapWords(
      `${replaced ? 'Replaced' : 'Created'} ${database} (version ${version}) in ${formatDuration(report.durationMs)}: ${holds.join(', ')}.`,
    ),
    ...wrapWords(
      `${read}${errors > 0 ? `; ${count(errors, 'error')}: what they are about is not in it, or not whole` : ''}.`,
    ),
  );
  return visible(lines.join('\n'));
}
