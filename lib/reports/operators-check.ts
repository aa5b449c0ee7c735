import { count } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { type LintFinding, renderLintFindings } from './lint.ts';

/** What is known of a tree of manifests. */
export interface OperatorsCheckReport {
  readonly command: 'operators check';
  readonly status: 'ok' | 'warnings' | 'errors';
  /** As it was named. */
  readonly folder: string;
  /** How many files were read. */
  readonly files: number;
  /** What could be loaded. */
  readonly packages: number;
  readonly channels: number;
  readonly bundles: number;
  readonly findings: readonly LintFinding[];
}

/** As a person reads it. Pure. */
export function renderOperatorsCheckReport({
  folder,
  files,
  findings,
  ...report
}: OperatorsCheckReport): string {
  const number = (level: LintFinding['level']) => findings.filter((one) => one.level === level).length;
  const counts = [
    count(report.packages, 'package'),
    count(report.channels, 'channel'),
    count(report.bundles, 'bundle'),
  ];
  const [errors, warnings] = [number('error'), number('warning')];
  const found = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  const last = `${count(files, 'file')} in ${folder} read: ${found.join(', ') || 'nothing found'}. Could be loaded: ${counts.join(', ')}.`;
  return visible([...renderLintFindings(findings), ...wrapWords(last)].join('\n'));
}
