/**
 * CloudFormation takes 4,096 bytes of answer about a resource of a deploy and drops a longer one whole, text and all;
 * what CDK's framework, or its trigger, adds to our message takes some 800 of them.
 */
const MOST_BYTES = 3_000;

/** How long a text is in JSON, in bytes: what a quote or a line end costs on the way. */
function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * Shortens a report to what a deploy event can show. The failure, with its place and what to do, stands last, so
 * lines are left out from the beginning: they list what went well.
 */
export function fitMessage(text: string): string {
  if (jsonBytes(text) <= MOST_BYTES) return text;
  const lines = text.split('\n');
  let left = 0;
  const kept = () => [`(${left} lines more in the log)`, ...lines.slice(left)].join('\n');
  while (left < lines.length - 1 && jsonBytes(kept()) > MOST_BYTES) left++;
  // One line alone may be too long: a message that quotes a value, say.
  let fitting = kept();
  while (jsonBytes(fitting) > MOST_BYTES) fitting = fitting.slice(0, Math.floor(fitting.length * 0.9));
  return fitting;
}
