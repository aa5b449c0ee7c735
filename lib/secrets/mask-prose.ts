import { maskSpans, NAME_OF_SECRET, type Span } from './mask-tools.ts';

/** `pwd: X`, `the password is X`: what a person is told, in a literal or by the server. */
const TOLD = new RegExp(
  // In the name of a resource of AWS the kind stands between colons.
  `(?<!:|/etc/)${NAME_OF_SECRET.source}(\\s?:(?![:=])\\s{0,3}|\\s{1,3}(?:(?:is|was)(?:\\snow)?|(?:changed|reset|set)\\sto)\\s{1,3})(["']?)([^\\s'"]{1,200})`,
  'gi',
);
/** `cannot set password X`: only where the name is a word by itself, not a part of another or of the name of a file. */
const NEXT_WORD = new RegExp(`(?<![\\w$./-])${NAME_OF_SECRET.source} ([^\\s'"]{1,4000})`, 'gi');

/** A word of a language, a number or a placeholder is no secret; a letter with a digit or a sign in it may be one. */
const LIKE_A_SECRET = /^(?=.*[\p{L}*])(?=.*[\d@#$^&*+~|<>!?=])(?!%|\$\d|\*+$).{4,}$/u;
/** Names of methods and types look like one. */
const WELL_KNOWN = /^(?:scram-?sha|sha-?\d|md5|utf-?8|int\d|float\d|base64|aes-?\d|\$\w*\$)/i;
const END_OF_WORD = /[.,;:!?)\]}]+$/;
const LAST = /[ \t]{0,8}(?:['"\n]|\\n|\$\w*\$|$)/y;

/**
 * Masks the word after the name of a secret in prose: behind a colon where it is the last of its line or looks like a secret, behind
 * a verb where it looks like one. Ordinary sentences about passwords stay. The text keeps its length.
 */
export function maskProse(text: string): string {
  const spans: Span[] = [];
  TOLD.lastIndex = 0;
  for (let told = TOLD.exec(text); told; told = TOLD.exec(text)) {
    const [, joint = '', quote = '', word = ''] = told;
    const start = TOLD.lastIndex - word.length;
    const end = start + trimmed(word).length;
    const isLast = joint.includes(':') && quote === '' && isAt(LAST, text, end) && !isPlaceholder(word);
    // In quotes behind a verb it is SQL: `comment on column password is '...'`.
    if (isLast || (quote !== "'" && looksLikeSecret(trimmed(word)))) spans.push({ start, end });
    TOLD.lastIndex = Math.max(start, end);
  }
  return maskSpans(text, spans);
}

/** The same for a word right after the name: in SQL that is a type or an alias, in what a server says it may be the secret. */
export function maskNextWord(text: string): string {
  const spans: Span[] = [];
  NEXT_WORD.lastIndex = 0;
  for (let next = NEXT_WORD.exec(text); next; next = NEXT_WORD.exec(text)) {
    const word = trimmed(next[1] ?? '');
    const start = NEXT_WORD.lastIndex - (next[1] ?? '').length;
    // What is masked in it already was known better.
    if (word.length >= 6 && /\d/.test(word) && looksLikeSecret(word) && !/[()/:]|\*{3}/.test(word))
      spans.push({ start, end: start + word.length });
    NEXT_WORD.lastIndex = start;
  }
  return maskSpans(text, spans);
}

function looksLikeSecret(word: string): boolean {
  return LIKE_A_SECRET.test(word) && !WELL_KNOWN.test(word);
}

function trimmed(word: string): string {
  return word.replace(END_OF_WORD, '');
}

function isPlaceholder(word: string): boolean {
  return /^(?:%|\$\d|[*.]+$)/.test(word) || trimmed(word) === '';
}

function isAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}
