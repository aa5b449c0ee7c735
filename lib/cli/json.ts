/**
 * A report as JSON. Text by text something is done to it, such as masking: done to the whole document, it would break it where a password
 * of digits meets a number. Pure.
 *
 * @param indent 0 for a document that is one line
 */
export function toJson(value: unknown, change: (text: string) => string, indent = 0): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'string' ? change(inner) : inner), indent);
}
