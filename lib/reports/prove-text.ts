import type { Difference } from '../plan/differences.ts';
import { count, formatDuration, formatTable, listed } from '../text/format.ts';
import { setIn, visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { describeDifference } from './difference.ts';
import { renderDrift } from './drift-text.ts';
import type { CheckName, CheckResult, ProvedFile, ProveFinding, ProveNote, ProveReport } from './prove.ts';
import { describeHeld, describeScope, describeTimes } from './prove-scope.ts';

/** More than that nobody reads of one cause. */
const MOST_DIFFERENCES = 8;

const GUIDES = { Postgres: 'docs/guides/idempotent-sql.md', SQLite: 'docs/guides/sqlite.md' };

const TITLES: Readonly<Record<CheckName, string>> = {
  once: 'once',
  twice: 'twice',
  stopped: 'stopped',
  late: 'late',
  down: 'down',
  'up-again': 'up again',
};

const CELLS: Readonly<Record<CheckResult, string>> = {
  ok: 'ok',
  failed: 'FAILED',
  'not-shown': '?',
  'not-asked': '-',
};

/** The report of `prove` as a person reads it: a line a file, what was found, and what was not shown. Pure. */
export function renderProveReport(report: ProveReport): string {
  const findings = [...report.files.flatMap((file) => file.findings), ...report.findings];
  const notes = dedupe(report.files.flatMap((file) => file.notes));
  const lines = [
    ...(report.files.length > 0 ? [renderMatrix(report.files)] : []),
    ...renderLocks(report),
    ...renderTimes(report),
    ...findings.flatMap((found) => ['', ...renderFinding(found)]),
    ...(notes.length > 0 ? ['', ...notes.flatMap(renderNote)] : []),
    ...(report.files.length > 0 ? [''] : []),
    ...summaryOf(report, findings).flatMap((line) => wrapWords(line)),
    ...(report.drift ? ['', renderDrift(report.drift)] : []),
  ];
  return visible(lines.join('\n'));
}

/** What is the same of several statements is said once. */
function dedupe(notes: readonly ProveNote[]): ProveNote[] {
  return [...new Map(notes.map((note) => [`${note.message} ${note.location?.file}`, note])).values()];
}

/** The matrix of file and check. What has no meaning for any of the files has no column. */
function renderMatrix(files: readonly ProvedFile[]): string {
  const names = (Object.keys(TITLES) as CheckName[]).filter((name) =>
    files.some(({ checks }) => checks[name] !== 'not-asked'),
  );
  const rows = files.map((file) => [
    inShort(file.file),
    ...names.map((name) =>
      name === 'stopped' && file.checks.stopped === 'failed'
        ? `${file.stops.failed} of ${file.stops.tried}`
        : CELLS[file.checks[name]],
    ),
  ]);
  return formatTable([['file', ...names.map((name) => TITLES[name])], ...rows]);
}

const LONGEST_NAME = 34;

/** A name without its folder, cut where it would leave no room for the rest. */
function inShort(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 3)}...`;
}

const MOST_LOCKS = 12;

/** Locks that stop readers or writers of a table that was there before, and what is written anew. */
function renderLocks({ files, on }: ProveReport): string[] {
  const locks = files.flatMap(({ file, locks: held }) =>
    held
      .filter(({ mode, rewrites }) => rewrites || mode !== 'ShareUpdateExclusive')
      .map((lock) => {
        const { table, mode, line, rewrites } = lock;
        const held = on ? `: ${describeHeld(lock)}` : '';
        return wrapWords(
          `${inShort(file)}:${line}  ${mode} on ${table}${rewrites ? ', which it rewrites' : ''}${held}`,
          '  ',
          '    ',
        ).join('\n');
      }),
  );
  if (locks.length === 0) return [];
  const more = locks.length - MOST_LOCKS;
  return [
    '',
    'Held to the end of the file, on tables that were there before it:',
    ...locks.slice(0, MOST_LOCKS),
    ...(more > 0 ? [`  and ${more} more: --json lists them all`] : []),
  ];
}

function renderTimes(report: ProveReport): string[] {
  const lines = describeTimes(report);
  return lines.length > 0
    ? ['', ...lines.flatMap((line) => (line.startsWith(' ') ? [line] : wrapWords(line)))]
    : [];
}

function renderFinding(found: ProveFinding): string[] {
  const { location, message, code, excerpt, error, differences, after, hint, accepted } = found;
  const place = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  const more = differences.length - MOST_DIFFERENCES;
  const where =
    error?.location && location && error.location.line !== location.line
      ? ` at line ${error.location.line}`
      : '';
  return [
    ...wrapWords(`${place}${message} [${code}]`),
    ...(excerpt ? [excerpt] : []),
    ...(error ? wrapWords(describeError(error, where), '  ', '    ') : []),
    ...differences.slice(0, MOST_DIFFERENCES).flatMap((one) => wrapWords(describeProved(one), '  ', '    ')),
    ...(more > 0 ? [`  and ${count(more, 'more difference')}`] : []),
    ...(found.lost ?? []).flatMap((row) => wrapWords(`lost: ${row}`, '  ', '    ')),
    ...(after && after.length > 1
      ? wrapWords(`So it was when stopped after statement ${listed(after.map(String), 10)}.`, '  ')
      : []),
    ...(accepted ? wrapWords(`Accepted: ${accepted}`, '  ') : []),
    ...(hint && !accepted ? wrapWords(`What to do: ${hint}`) : []),
  ];
}

/**
 * What the database said. Only Postgres has a number for it. Pure.
 *
 * @param where a place in words, after "says"
 */
export function describeError({ sqlstate, message }: ProveError, where = ''): string {
  return sqlstate === undefined
    ? `SQLite says${where}: ${setIn(message)}`
    : `The server says${where}: ${setIn(message)} (SQLSTATE ${sqlstate})`;
}

type ProveError = NonNullable<ProveFinding['error']>;

/** A difference of catalog or data, in a line. Pure. */
export function describeProved(difference: Difference): string {
  const { kind, name, property, before, after } = difference;
  if (kind !== 'rows') return describeDifference(difference);
  if (property === undefined) return `${name} holds ${count(Number(after), 'row')}, and not ${before}`;
  return `${name} holds other values in ${property}`;
}

function renderNote({ message, location }: ProveNote): string[] {
  const place = location ? `${location.file}: ` : '';
  return wrapWords(`Note: ${place}${message}`, '', '  ');
}

function verdictOfPart(number: number): string {
  if (number === 0) return 'Nothing was shown';
  return `Nothing was found in the ${count(number, 'file')} that ${number === 1 ? 'was' : 'were'} shown`;
}

function summaryOf(report: ProveReport, findings: readonly ProveFinding[]): string[] {
  const { files, trials, durationMs, server, set, copies, scope, status } = report;
  const bad = files.filter(({ findings: own }) => own.some(({ accepted }) => accepted === undefined)).length;
  const unseen = files.filter(({ checks }) => Object.values(checks).includes('not-shown')).length;
  const open = findings.filter(({ accepted }) => accepted === undefined).length;
  const again = { ok: 'Run again as a whole, the set changes nothing.' }[set.again as 'ok'];
  const chain = { ok: 'Undone as far as it can be and done again, it comes to the same.' }[set.chain as 'ok'];
  const cost = `${count(trials, 'trial')}${copies > 0 ? `, ${count(copies, 'copy').replace('copys', 'copies')}` : ''}, in ${formatDuration(durationMs)}, on ${server.source} (${server.product ?? 'Postgres'} ${server.version}).`;
  const shown = scope?.judged ?? files.length;
  const verdict =
    open === 0
      ? status === 'shown'
        ? `Nothing was found in ${shown} of ${count(scope?.of ?? shown, 'file')}: ${cost}`
        : `${count(files.length, 'file')} proved: ${cost}`
      : `${count(open, 'finding')} in ${bad} of ${count(files.length, 'file')}: ${cost}`;
  const appliedBefore = scope?.appliedBefore ?? 0;
  const isAllApplied = scope?.appliedBefore === scope?.of;
  if (shown === 0)
    return [
      report.on
        ? `Nothing to prove: ${isAllApplied ? 'all files are' : 'what was asked for is'} applied in ${report.on.name} on ${report.on.host}:${report.on.port}.`
        : appliedBefore > 0
          ? `Nothing to prove on ${server.source}: what is applied there has no way back.`
          : 'Nothing to prove.',
    ];
  return [
    ...[again, chain].filter((line) => line !== undefined),
    ...(scope ? describeScope(scope) : []),
    ...(unseen > 0
      ? [`${count(unseen, 'file')} could not be shown: see the ? above. That is no proof of them.`]
      : []),
    open === 0 && unseen > 0 ? `${verdictOfPart(files.length - unseen)}: ${cost}` : verdict,
    ...(findings.length > 0 ? [`How to write it: ${GUIDES[server.product ?? 'Postgres']}`] : []),
  ];
}
