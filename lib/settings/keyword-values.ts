import { setParameter, UrlFault } from './connection-parameters.ts';
import type { RawSettings } from './settings.ts';

const NOT_READ =
  'is not keyword=value pairs such as host=localhost dbname=shop user=me, with single quotes around a value that has a blank in it';

/** Whether a text is written as libpq's other connection string: `host=/var/run/postgresql dbname=shop`. */
export function isKeywordValue(text: string): boolean {
  return /^\s*[a-z_]+\s*=/i.test(text);
}

/** A keyword and its value, which stands in single quotes where it has a blank in it; a backslash takes the next character as it is. */
const PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gisy;

/**
 * Splits a connection string of `keyword=value` pairs into settings.
 *
 * @throws UrlFault whose message completes "NAME: ..." and never repeats the text, which may hold a password
 */
export function splitKeywordValues(text: string, name: string): RawSettings {
  const raw: RawSettings = {};
  let end = 0;
  for (const [all, keyword = '', quoted, bare = ''] of text.matchAll(PAIR)) {
    end += all.length;
    const value = (quoted ?? bare).replace(/\\(.)/gs, '$1');
    if (value) setParameter(raw, keyword, value, name);
  }
  if (text.slice(end).trim() !== '') throw new UrlFault(NOT_READ);
  return raw;
}

/** The same text with the word `password` in place of passwords. */
export function hideValues(text: string): string {
  return text.replaceAll(PAIR, (all: string, keyword: string) =>
    /password$/i.test(keyword) ? `${/^\s*/.exec(all)?.[0]}${keyword}=password` : all,
  );
}
