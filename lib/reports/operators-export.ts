import { count, listed } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { describeCopy, type RegistryCopy } from './operators-read.ts';

/** What became of a registry as a file-based catalog. */
export interface OperatorsExportReport {
  readonly command: 'operators export';
  /** `failed`: nothing was written, for the reasons in `faults`. */
  readonly status: 'exported' | 'failed';
  readonly database: string;
  /** As it was named; `-` is standard output. */
  readonly output: string;
  readonly format: 'json' | 'yaml';
  /** What is in the catalog; of one that failed 0. */
  readonly packages: number;
  readonly channels: number;
  readonly bundles: number;
  /** Deprecated bundles of these packages; whether they are in the catalog. */
  readonly deprecated: readonly string[];
  readonly keepsDeprecated: boolean;
  /** Bundles that are in no channel of any package: a catalog has no place for them. */
  readonly outside: readonly string[];
  readonly copy?: RegistryCopy;
  readonly faults: readonly {
    readonly code: string;
    readonly package: string;
    readonly channel?: string;
    readonly bundles: readonly string[];
    readonly message: string;
  }[];
}

/** As a person reads it. Pure. */
export function renderOperatorsExportReport(report: OperatorsExportReport): string {
  const { status, database, output, faults, deprecated, outside, copy } = report;
  const lines = faults.flatMap(({ code, message }) => wrapWords(`error: ${message}. [${code}]`, '', '  '));
  if (status === 'failed') {
    const last = `${count(faults.length, 'fault')} in ${database}, for which a cluster would refuse the catalog. Nothing was written.`;
    lines.push(...wrapWords(last));
  } else {
    const holds = [
      count(report.packages, 'package'),
      count(report.channels, 'channel'),
      count(report.bundles, 'bundle'),
    ];
    const to = output === '-' ? 'standard output' : output;
    lines.push(...wrapWords(`Exported ${database} to ${to} (${report.format}): ${holds.join(', ')}.`));
    if (deprecated.length > 0) {
      const what = report.keepsDeprecated
        ? 'is in it, and in olm.deprecations'
        : 'is left out, as registries leave it out; --keep-deprecated takes it along';
      const one = `${count(deprecated.length, 'deprecated bundle')} (${listed(deprecated)})`;
      lines.push(...wrapWords(`${one} ${deprecated.length === 1 ? what : plural(what)}.`));
    }
    if (outside.length > 0) {
      const one = `${count(outside.length, 'bundle')} (${listed(outside)})`;
      lines.push(
        ...wrapWords(
          `${one} ${outside.length === 1 ? 'is' : 'are'} left out: in no channel, and a catalog has no other place.`,
        ),
      );
    }
  }
  if (copy) lines.push(...wrapWords(describeCopy(database, copy)));
  return visible(lines.join('\n'));
}

function plural(what: string): string {
  return what.replace(/^is /, 'are ').replace('leave it', 'leave them').replace('takes it', 'takes them');
}
