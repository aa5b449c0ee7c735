import type { Difference } from '../plan/differences.ts';
import { count, listed } from '../text/format.ts';
import { exactPlaceOf } from '../text/place.ts';
import { setIn, visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';
import { describeDifference } from './difference.ts';
import type { DriftReport } from './drift.ts';

/** More of a kind nobody reads: `--json` has them all. */
const MOST = 100;

/** How a database differs from what the files make, as a person reads it. Pure. */
export function renderDrift(report: DriftReport): string {
  const { onlyThere, onlyInFiles, different } = report;
  const lines = [
    ...section('There, and not in the files:', onlyThere),
    ...section('In the files, and not there:', onlyInFiles),
    ...section('Different, from the files to the database:', different),
    ...notesOf(report).flatMap((note) => wrapWords(`Note: ${note}`, '', '  ')),
    ...verdictOf(report).flatMap((line) => wrapWords(line)),
  ];
  return visible(lines.join('\n'));
}

function section(title: string, differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [];
  const more = differences.length - MOST;
  return [
    title,
    ...differences.slice(0, MOST).flatMap((one) => wrapWords(describeDifference(one), '  ', '    ')),
    ...(more > 0 ? [`  and ${more} more: --json lists them all`] : []),
    '',
  ];
}

function notesOf(report: DriftReport): string[] {
  const { appliedBy, applied, pending, edited, withoutFile, unfinished, notCompared, database } = report;
  const { server, madeBefore } = report;
  const is = (versions: readonly string[]) => (versions.length === 1 ? 'is' : 'are');
  const versions =
    server.version === database.serverVersion
      ? ''
      : ` (Postgres ${server.version} here, ${database.serverVersion} there)`;
  return [
    ...(appliedBy === 'no-ledger' ? ['It has no ledger of ours: all files are taken for applied.'] : []),
    ...(pending.length > 0
      ? [
          `${listed(pending)} ${is(pending)} not applied there, and ${pending.length === 1 ? 'was' : 'were'} not run: the database is compared with what the ${count(applied, 'applied file')} ${applied === 1 ? 'makes' : 'make'}.`,
        ]
      : []),
    ...(edited.length > 0
      ? [
          `${listed(edited)} ${edited.length === 1 ? 'was' : 'were'} applied there in another text: it is the text of today that was run.`,
        ]
      : []),
    ...(withoutFile.length > 0
      ? [
          `${listed(withoutFile)} ${is(withoutFile)} applied there without a file: what it made is not in the files.`,
        ]
      : []),
    ...(unfinished.length > 0
      ? [`${listed(unfinished)} ${is(unfinished)} not finished there, and was not run.`]
      : []),
    ...(madeBefore.length > 0
      ? [
          `The files need the ${madeBefore.length === 1 ? 'schema' : 'schemas'} ${listed(madeBefore)}, and do not make ${madeBefore.length === 1 ? 'it' : 'them'}: it was made before them here, as there.`,
        ]
      : []),
    ...(notCompared.length > 0 ? [`Not compared${versions}: ${listed(notCompared, 20)}.`] : []),
  ];
}

function verdictOf(report: DriftReport): string[] {
  const { status, database, server, applied, onlyThere, onlyInFiles, different, failed } = report;
  const place = exactPlaceOf(database);
  const files = count(applied, 'applied file');
  if (status === 'not-shown') {
    const at = failed?.location;
    return [
      ...(failed
        ? [
            `${at ? `${at.file}:${at.line}:${at.column}: ` : ''}It does not run on ${server.source}: ${setIn(failed.message)} (SQLSTATE ${failed.sqlstate})`,
          ]
        : []),
      `${place} was not compared: its ${files} ${applied === 1 ? 'does' : 'do'} not run on ${server.source}.`,
      'What to do: Where it is that server that lacks something, such as an extension, name one that has it: registry-jobs prove --server URL --against URL',
    ];
  }
  const where = `${files}, run on ${server.source} (Postgres ${server.version})`;
  if (status === 'none')
    return [`The catalog of ${place} is what its ${applied === 1 ? 'file makes' : 'files make'}: ${where}.`];
  const found = onlyThere.length + onlyInFiles.length + different.length;
  return [
    `${count(found, 'difference')} between ${place} and its files: ${where}. [drift]`,
    'What to do: Write a migration for what is meant, and undo what is not. See docs/guides/drift.md',
  ];
}
