import { styleText } from 'node:util';

const STYLES: readonly [RegExp, Parameters<typeof styleText>[0]][] = [
  [/^(Applied|\s*refreshed|Up to date\.|applied)(?= |$)/gm, 'green'],
  [/^(Failed|Unknown|Not run|\s*failed|error:)(?= |$)/gm, 'red'],
  [/^(Warning:|pending|running|edited|renamed|half-done|missing-file)(?= |$)/gm, 'yellow'],
];

/** Colours the first words of a report. The text itself is made without colours, and tested so. */
export function paint(text: string, hasColor: boolean): string {
  if (!hasColor) return text;
  return STYLES.reduce(
    (painted, [pattern, style]) =>
      painted.replace(pattern, (word) => styleText(style, word, { validateStream: false })),
    text,
  );
}
