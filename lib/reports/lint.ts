import type { SourceLocation } from '../errors/error.ts';
import { count } from '../text/format.ts';
import { setIn, visible } from '../text/visible.ts';
import { annotate } from './github.ts';

/** Something that `lint` has found. */
export interface LintFinding {
  /** `error`: `up` would refuse to run. `warning`: it would run. */
  readonly level: 'error' | 'warning';
  /** Of the rules of lint, or of the catalogue of errors and warnings. */
  readonly code: string;
  readonly message: string;
  /** What to do instead. */
  readonly hint?: string;
  /** The heading in docs/guides/idempotent-sql.md that shows it. */
  readonly recipe?: string;
  /** Absent for what is true of the folder as a whole. */
  readonly location?: SourceLocation;
}

/** Everything that `lint` has to say. */
export interface LintReport {
  readonly command: 'lint';
  readonly status: 'ok' | 'warnings' | 'errors';
  readonly folder: string;
  /** How many files were read. */
  readonly files: number;
  readonly findings: readonly LintFinding[];
}

const RECIPES = 'docs/guides/idempotent-sql.md';

/** The report as a person reads it, in the order of files and lines. Pure. */
export function renderLintReport(report: LintReport): string {
  const { findings, files, folder } = report;
  const number = (level: LintFinding['level']) =>
    findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [number('error'), number('warning')];
  const found =
    findings.length === 0
      ? 'nothing found'
      : [
          ...(errors > 0 ? [count(errors, 'error')] : []),
          ...(warnings > 0 ? [count(warnings, 'warning')] : []),
        ].join(', ');
  const last = `${count(files, 'file')} in ${folder} read, no database asked: ${found}.`;
  return visible([...findings.map(renderFinding), last].join('\n'));
}

/** Findings as a person reads them, one after the other. Pure. */
export function renderLintFindings(findings: readonly LintFinding[]): string[] {
  return findings.map(renderFinding);
}

function renderFinding({ level, code, message, hint, recipe, location }: LintFinding): string {
  const place = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  const lines = [`${place}${level}: ${setIn(message)} [${code}]`];
  if (hint) lines.push(`  Instead: ${setIn(hint)}`);
  if (recipe) lines.push(`  See: ${RECIPES}#${recipe}`);
  return lines.join('\n');
}

/** As lines that GitHub Actions show beside the code. Pure. */
export function renderLintForGitHub({ findings }: Pick<LintReport, 'findings'>): string {
  return findings
    .map(({ level, code, message, hint, location }) =>
      annotate({ level, title: code, location, text: hint ? `${message}\n${hint}` : message }),
    )
    .join('\n');
}

/** As SARIF 2.1.0, which code scanners exchange: https://docs.oasis-open.org/sarif/sarif/v2.1.0. Pure. */
export function lintAsSarif({ findings }: Pick<LintReport, 'findings'>, version: string): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const helpOf = (code: string) => findings.find((finding) => finding.code === code);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'registry-jobs',
            version,
            rules: codes.map((id) => ({ id, help: { text: helpOf(id)?.hint ?? id } })),
          },
        },
        columnKind: 'unicodeCodePoints',
        results: findings.map(({ level, code, message, hint, location }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level,
          message: { text: hint ? `${message} ${hint}` : message },
          ...(location && {
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: encodeURI(location.file) },
                  region: { startLine: location.line, startColumn: location.column },
                },
              },
            ],
          }),
        })),
      },
    ],
  };
}
