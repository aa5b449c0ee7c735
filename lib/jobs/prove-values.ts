import { repeatsValues } from '../postgres/explain/sqlstates.ts';
import type { ProveFinding, ProveReport } from '../reports/prove.ts';

/** The report without what rows hold: differences of rows never have it, but errors of the server and numbers of sequences do. Pure. */
export function withoutValues(report: ProveReport): ProveReport {
  return {
    ...report,
    files: report.files.map((file) => ({ ...file, findings: file.findings.map(bare) })),
    findings: report.findings.map(bare),
  };
}

function bare(found: ProveFinding): ProveFinding {
  const { lost: _, ...rest } = found;
  const { code, message, error } = found;
  const number = / its next number is .*?, so /;
  return {
    ...rest,
    message:
      code === 'sequence-behind'
        ? message.replace(number, ' it comes to a number that a row has, so ')
        : message,
    ...(error && { error: { ...error, message: bareMessage(error) } }),
  };
}

function bareMessage({ sqlstate, message }: NonNullable<ProveFinding['error']>): string {
  // SQLite quotes what stands in the file, and no row.
  if (sqlstate === undefined) return message;
  const kind = repeatsValues(sqlstate);
  if (kind === 'quoted') return message.replace(/".*"/gs, '"..."');
  return kind === 'anywhere' ? '(left out)' : message;
}
