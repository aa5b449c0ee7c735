import { NAME_OF_SECRET, stars } from './mask-tools.ts';

/** A comment that says what a query must give: the query, and where its JSON begins. */
const EXPECTATION = /(--[ \t]{0,40}expect[ \t]{0,40}:[^\n]{0,2000}?=>)([ \t]{0,40}["[][^\n]{0,5000})/gi;
const NAME = new RegExp(NAME_OF_SECRET, 'i');
const STRING = /"((?:[^"\\]|\\.)*)/g;

/** Masks what a file expects of a query that names a secret. Numbers stay: a count is none. The text keeps its length. */
export function maskExpectations(text: string): string {
  return text.replace(EXPECTATION, (whole, query: string, json: string) =>
    NAME.test(query) ? query + maskStrings(json) : whole,
  );
}

/** Masks the texts in JSON, which may be cut off. */
export function maskStrings(json: string): string {
  let isOpen = false;
  return json.replace(STRING, (whole, content: string) => {
    isOpen = !isOpen;
    return isOpen ? `"${stars(content)}` : whole;
  });
}
