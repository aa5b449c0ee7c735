/** The columns of the narrowest terminal that is common. */
export const WIDTH = 80;

/**
 * Breaks a text at its blanks, so that no terminal of {@link WIDTH} columns does it anywhere. A word that is longer has a line of its own. Pure.
 *
 * @param indent stands before the first line
 * @param hanging stands before the others
 */
export function wrapWords(text: string, indent = '', hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (isEmpty) line += word;
    else if (line.length + 1 + word.length <= WIDTH) line += ` ${word}`;
    else {
      lines.push(line);
      line = hanging + word;
    }
    isEmpty = false;
  }
  return [...lines, line];
}
