import { literalsOf, maskSpans, NAME_OF_SECRET, type Span } from './mask-tools.ts';

/** What pgcrypto is given a secret for, and as which of its arguments, from 0: the password or key, and what is encrypted with it. */
const ARGUMENTS: readonly [RegExp, readonly number[]][] = [
  [/^digest$/i, [0]],
  [/^hmac$/i, [1]],
  [/^pgp_pub_decrypt/i, [1, 2]],
  [/^pgp_pub_encrypt/i, [0]],
  [/./, [0, 1]],
];
const CALL = /\b(digest|hmac|(?:de|en)?crypt(?:_iv)?|pgp_(?:sym|pub)_(?:de|en)crypt(?:_bytea)?)\s{0,8}\(/gi;
/** `password in ('a', 'b')`, `password = any (array['a'])`; the rows of a query are none. */
const LIST = new RegExp(
  `${NAME_OF_SECRET.source}"?\\s{1,8}(?:(?:not\\s{1,8})?in|(?:=|<>|!=|(?:not\\s{1,8})?i?like)\\s{0,8}(?:any|all))\\s{0,8}\\((?!\\s{0,8}(?:select|with)\\b)`,
  'gi',
);

/** Masks the literals in parentheses that are secrets by what stands in front of these. The text keeps its length. */
export function maskCalls(text: string): string {
  const isKey = (name = '', item: number) =>
    ARGUMENTS.find(([pattern]) => pattern.test(name))?.[1].includes(item) === true;
  return maskIn(maskIn(text, CALL, isKey), LIST, () => true);
}

function maskIn(
  text: string,
  pattern: RegExp,
  isSecret: (name: string | undefined, item: number) => boolean,
) {
  const spans: Span[] = [];
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const { literals, end } = literalsOf(text, pattern.lastIndex);
    spans.push(...literals.filter(({ item }) => isSecret(found?.[1], item)));
    // What was looked through is not looked through again.
    pattern.lastIndex = Math.max(pattern.lastIndex, end);
  }
  return maskSpans(text, spans);
}
