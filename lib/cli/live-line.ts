import stringWidth from 'string-width';

const segments = new Intl.Segmenter();

/** A text that takes at most so many columns; what was cut off is an ellipsis. Pure. */
export function cutToWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of segments.segment(text)) {
    used += stringWidth(segment);
    if (used > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The least that is left of what is going on, in columns, before its detail is cut. */
const LEAST = 24;

/**
 * One line that never wraps: of the text and its detail as much as there is room for, and the time after it. The last column is left free,
 * where some terminals wrap at once. Pure.
 *
 * @param columns of the terminal
 */
export function liveLine(
  { text, detail, elapsed }: { readonly text: string; readonly detail: string; readonly elapsed: string },
  columns: number,
): string {
  const room = Math.max(0, columns - 1);
  const left = room - stringWidth(elapsed) - 2;
  if (left < 1) return cutToWidth(elapsed, room);
  const heading = cutToWidth(text, Math.max(LEAST, left - stringWidth(detail)));
  return `${cutToWidth(heading + detail, left)}  ${elapsed}`;
}
