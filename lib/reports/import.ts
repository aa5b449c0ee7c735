import type { ErrorReport } from '../errors/error.ts';
import { renderError } from '../errors/error.ts';
import { count, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { WIDTH, wrapWords } from '../text/wrap.ts';
import { type LedgerReport, renderLedgerReport } from './ledger.ts';

/** Something of the other tool's folder that has no counterpart here. */
export interface LeftOut {
  /** Relative to the folder that is imported. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** A sentence: what it is, and what to do about it. */
  readonly why: string;
  /** Whether a whole migration is missing without it, and what the tool's ledger calls that one. */
  readonly migration?: string;
}

/** One migration, and what it becomes. */
export interface ImportedFile {
  /** What it is made of, relative to the folder that is imported. */
  readonly sources: readonly string[];
  readonly version: string;
  /** Names in the folder that is written. */
  readonly targets: readonly string[];
  /** What was added to its header: `transaction off`. */
  readonly directives: readonly string[];
}

/** What `import` would write (`planned`), or has written (`written`). */
export interface ImportReport {
  readonly command: 'import';
  readonly status: 'planned' | 'written' | 'nothing-to-do';
  readonly tool: string;
  /** By what the folder was known, to complete "known by ..."; nothing where a person said it. */
  readonly knownBy?: string;
  readonly from: string;
  readonly to: string;
  readonly files: readonly ImportedFile[];
  /** Names of files that were not there yet. The others are there already, byte for byte. */
  readonly written: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Files that would be written and that `up` refuses as they are. */
  readonly refused: readonly ErrorReport[];
  readonly notes: readonly string[];
  /** What becomes of the tool's own ledger, where a database was named. */
  readonly ledger?: LedgerReport;
}

/** The most lines of one list: who wants all of them takes `--json`. */
const MOST = 60;

/**
 * The report of an import, as a person reads it. Pure.
 *
 * @param short what was shown before, when it was asked for, is not said again
 */
export function renderImportReport(report: ImportReport, short = false): string {
  const { tool, knownBy, from, to, leftOut, refused, notes, ledger } = report;
  const details = [
    `${from} is a folder of ${tool}, ${knownBy === undefined ? 'as --tool says' : `known by ${knownBy}`}.`,
    ...bounded(report.files.map(renderFile)),
    ...section(
      'Left out:',
      bounded(leftOut.map(({ file, line, why }) => fold(`${from}/${file}:${line}: ${why}`, '  '))),
    ),
    ...section(
      'up refuses these as they are; mend them first:',
      bounded(refused.map((error) => `  ${renderError(error).replaceAll('\n', '\n  ')}`)),
    ),
    ...notes.map((note) => fold(`Note: ${note}`, '')),
  ];
  return visible(
    [...(short ? [] : details), ...(ledger ? [renderLedgerReport(ledger)] : []), renderEnd(report, to)].join(
      '\n',
    ),
  );
}

function renderEnd(report: ImportReport, to: string): string {
  const { status, files, written, leftOut, ledger } = report;
  const missing = leftOut.filter(({ migration }) => migration !== undefined).length;
  const hole = missing > 0 ? ` ${count(missing, 'migration')} of ${files.length + missing} left out.` : '';
  const there = files.flatMap(({ targets }) => targets).length - written.length;
  const already = there > 0 ? ` ${there} are there already, just the same.` : '';
  if (status === 'nothing-to-do')
    return `Nothing to write: ${to} has all ${count(there, 'file')} already.${hole}`;
  if (status === 'planned')
    return `${count(written.length, 'file')} would be written into ${to}.${already}${hole}`;
  const wrote = `Wrote ${count(written.length, 'file')} into ${to}.${already}${hole}`;
  const next = ledger ? 'status' : 'plan';
  return `${wrote}\nSee where that leaves the database: registry-jobs ${next} --migrations ${shellWord(to)}`;
}

function renderFile({ sources, targets, directives }: ImportedFile): string {
  const [first = '', second] = targets;
  const stem = first.replace(/\.up\.sql$/, '');
  const both = second === `${stem}.down.sql` ? `${first} and .down.sql` : first;
  const said = directives.length > 0 ? ` (${directives.join(', ')})` : '';
  const line = `  ${sources.join(', ')} -> ${both}${said}`;
  return line.length <= WIDTH ? line : `  ${sources.join(', ')}\n    -> ${both}${said}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [title, ...lines] : [];
}

function bounded(lines: readonly string[]): string[] {
  if (lines.length <= MOST) return [...lines];
  return [...lines.slice(0, MOST), `  ... and ${lines.length - MOST} more: --json has them all`];
}

function fold(text: string, indent: string): string {
  return wrapWords(text, indent, `${indent}  `).join('\n');
}
