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

/**
 * One line that never wraps: the text is cut, the time after it stays. The last column is left free, where some terminals wrap at once.
 * Pure.
 *
 * @param columns of the terminal
 */
export function liveLine(text: string, elapsed: string, columns: number): string {
  const room = Math.max(0, columns - 1);
  const left = room - stringWidth(elapsed) - 2;
  return left < 1 ? cutToWidth(elapsed, room) : `${cutToWidth(text, left)}  ${elapsed}`;
}
