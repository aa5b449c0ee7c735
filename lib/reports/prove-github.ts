import { listed } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { renderDrift } from './drift-text.ts';
import { annotate } from './github.ts';
import type { NoteCode, ProveFinding, ProveReport } from './prove.ts';
import { describeError, describeProved } from './prove-text.ts';

/** What keeps something from being shown is worth a line; what is only worth knowing is in the report. */
const TOLD: ReadonlySet<NoteCode> = new Set([
  ...(['extension-missing', 'role-missing', 'rights-missing', 'not-shown', 'rows-not-compared'] as const),
]);

/** The report of `prove` as lines that GitHub Actions show beside the code; what is accepted is a notice. Pure. */
export function renderProveForGitHub({ files, findings, drift }: ProveReport): string {
  const notes = files.flatMap((file) => file.notes.filter(({ code }) => TOLD.has(code)));
  return visible(
    [
      ...[...files.flatMap((file) => file.findings), ...findings].map(annotateFinding),
      ...notes.map(({ code, message, location }) =>
        annotate({ level: 'warning', title: code, location, text: message }),
      ),
      ...(drift && drift.status !== 'none'
        ? [annotate({ level: 'error', title: drift.code, text: renderDrift(drift) })]
        : []),
    ].join('\n'),
  );
}

function annotateFinding(found: ProveFinding): string {
  const { code, message, location, error, differences, after = [], hint, accepted } = found;
  const lines = [
    message,
    ...(error ? [describeError(error)] : []),
    ...differences.map(describeProved),
    ...(after.length > 1 ? [`So it was when stopped after statement ${listed(after.map(String), 10)}.`] : []),
    ...(accepted !== undefined ? [`Accepted: ${accepted}`] : hint !== undefined ? [hint] : []),
  ];
  const level = accepted === undefined ? 'error' : 'notice';
  return annotate({ level, title: code, location, text: lines.join('\n') });
}
