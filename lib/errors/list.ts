import { type ErrorReport, renderError } from './error.ts';

/** How many are shown: whoever has more does not read them all, and the first ones scroll away. */
const SHOWN = 20;

/** Problems as a report shows them, one after the other; those beyond the first twenty are counted. Pure. */
export function renderErrors(problems: readonly ErrorReport[]): string[] {
  const more = problems.length - SHOWN;
  return [
    ...problems.slice(0, SHOWN).map(renderError),
    ...(more > 0 ? [`And ${more} more ${more === 1 ? 'problem' : 'problems'}.`] : []),
  ];
}

/** Problems as a list of lines, one after the other; those beyond the first twenty are counted. Pure. */
export function listErrors(problems: readonly ErrorReport[]): string {
  const more = problems.length - SHOWN;
  return [
    ...problems.slice(0, SHOWN).map((problem) => `- ${renderError(problem).replaceAll('\n', '\n  ')}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ].join('\n');
}
