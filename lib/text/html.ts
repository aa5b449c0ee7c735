/** Text that is HTML already. Only {@link html} and {@link trusted} make it. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

/** Fills a template; whatever is not HTML already is escaped, so no name can become markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce((before, after, index) => before + toText(parts[index - 1] ?? '') + after);
  return { html: text };
}

/** Takes a text for HTML. For what this project wrote itself, never for data. */
export function trusted(text: string): Html {
  return { html: text };
}

function toText(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON that may stand in a script element: nothing in it can end the element, or a line of JavaScript. */
export function scriptJson(data: unknown): Html {
  const toUnicode = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return trusted(JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, toUnicode));
}
