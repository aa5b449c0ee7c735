import { styleText } from 'node:util';

const STYLES: readonly [RegExp, Parameters<typeof styleText>[0]][] = [
  [/^(Applied|Undone|\s*refreshed|Up to date\.|applied|ok(?= {7}))(?= |$)/gm, 'green'],
  [/^(Failed|Stopped|Unknown|Not run|\s*failed|error:|problem(?= {2}))(?= |$)/gm, 'red'],
  [/^(Warning:|warning(?= {2})|pending|running|edited|renamed|half-done|missing-file)(?= |$)/gm, 'yellow'],
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

/**
 * Whether output is coloured: `FORCE_COLOR` decides where it is set, then `NO_COLOR`, then what the terminal can do. Pure.
 *
 * @param isAble what the terminal says; false where there is none
 */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isAble: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none = '', TERM: terminal } = env;
  if (force !== undefined) return !['0', 'false'].includes(force);
  return none === '' && terminal !== 'dumb' && isAble;
}
