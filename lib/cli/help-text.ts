import { wrapWords } from '../text/wrap.ts';

/**
 * Sets the paragraphs of a help text anew, so that none is wider than a terminal. What is indented (options, examples, commands) is left as
 * it stands. Pure.
 */
export function wrapHelp(text: string): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) lines.push(...wrapWords(paragraph.join(' ')));
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
