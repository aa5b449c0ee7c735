/** The narrowest terminal that is common. */
const WIDTH = 80;

/**
 * Sets the paragraphs of a help text anew, so that none is wider than a terminal. What is indented (options, examples, commands) is left as
 * it stands. Pure.
 */
export function wrapHelp(text: string, width = WIDTH): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) lines.push(...wrap(paragraph.join(' '), width));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (/^\S/.test(line) && !line.endsWith(':')) {
      paragraph.push(line);
      continue;
    }
    // A heading, or a sentence that leads to what is indented below it.
    if (/^\S/.test(line)) paragraph.push(line);
    flush();
    if (!/^\S/.test(line)) lines.push(line);
  }
  flush();
  return lines.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
