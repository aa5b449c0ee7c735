import { type Html, html } from '../../text/html.ts';
import { formatMoment } from './browser/moment.ts';

/** A moment in ISO 8601 as the page shows it, never broken over two lines; what is no moment as the text it is. */
export function renderMoment(iso: string): Html {
  const text = formatMoment(iso);
  return text === iso ? html`${iso}` : html`<time datetime="${iso}">${text}</time>`;
}
