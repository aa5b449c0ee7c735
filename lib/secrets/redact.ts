import { visible } from '../text/visible.ts';
import { maskNextWord } from './mask-prose.ts';
import { maskSecrets } from './mask-secrets.ts';
import { stars } from './mask-tools.ts';

/** Shorter passwords cannot be told from ordinary words; masking them would destroy the text. */
const SHORTEST_SECRET = 4;

/** What makes a token of IAM one, also where the token was encoded once more. */
const SIGNED = /(X-Amz-(?:Credential|Security-Token|Signature)(?:=|%3D))((?:(?!%26)[^&\s"'\\])+)/g;

/** What a header of HTTP carries. A word may follow in prose: only what is long or has a digit. */
const BEARER = /\b(bearer\s{1,4})(?=[\w.~+/=-]*\d|[\w.~+/=-]{20})([\w.~+/=-]{8,})/gi;
const BASIC = /(\bauthorization\W{1,8}basic\s{1,4})([\w+/=-]{4,})/gi;

/**
 * Masks every secret in a text, wherever the text goes: log, terminal, error, deploy event. These are the values that are
 * known, in the forms that a URL, JSON, SQL and a connection string give them; passwords in URLs; what
 * a token of IAM is signed with; and what looks like a secret in SQL, see {@link maskSecrets}.
 *
 * @param secrets the values that are known, such as the password of the database; those below 4 characters are left
 */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  const forms = formsOf(secrets);
  const parts: string[] = [];
  let from = 0;
  EXCERPT.lastIndex = 0;
  for (let excerpt = EXCERPT.exec(text); excerpt; excerpt = EXCERPT.exec(text)) {
    parts.push(maskNextWord(maskKnown(text.slice(from, excerpt.index), forms, () => '***')));
    from = EXCERPT.lastIndex;
    // Its caret points right only while the line keeps its length.
    parts.push(maskKnown(excerpt[0], forms, stars));
  }
  parts.push(maskNextWord(maskKnown(text.slice(from), forms, () => '***')));
  return maskSecrets(parts.join(''));
}

/**
 * The same for the text of a file, before a part of it is shown: it keeps its lines and its code points, so that a place in it stays where
 * it is, and nothing is cut in half.
 */
export function redactFile(text: string, secrets: readonly (string | undefined)[] = []): string {
  return maskSecrets(maskKnown(text, formsOf(secrets), stars));
}

/** A line of a file that is shown with a caret under it. */
const EXCERPT = /^ {0,8}\d{1,9} \| [^\n]*(?=\n *\| [ \t]*\^)/gm;

/** Masks what is known, and what is told by the words around it but is no SQL. */
function maskKnown(text: string, forms: readonly string[], mask: (secret: string) => string): string {
  const put = (_: string, before: string, secret: string) =>
    before + (isMasked(secret) ? secret : mask(secret));
  let clean = maskUrls(text, mask)
    .replace(OTHER_URL, put)
    .replace(SIGNED, put)
    .replace(BEARER, put)
    .replace(BASIC, put);
  for (const form of forms) clean = clean.replaceAll(form, mask);
  return clean;
}

function isMasked(secret: string): boolean {
  return /^\*+$/.test(secret);
}

/**
 * Does the same to every text inside plain data. Masking its JSON instead would break the document where a
 * password of digits meets a number.
 */
export function redactDeep<T>(data: T, secrets: readonly (string | undefined)[]): T {
  const mask = (_key: string, value: unknown) => (typeof value === 'string' ? redact(value, secrets) : value);
  return JSON.parse(JSON.stringify(data, mask)) as T;
}

/** How a secret may stand in a text, the longest first: another may be a part of it. */
function formsOf(secrets: readonly (string | undefined)[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (!secret || secret.length < SHORTEST_SECRET) continue;
    const encoded = encodeURIComponent(secret);
    forms
      .add(secret)
      .add(visible(secret))
      .add(encoded)
      .add(encoded.replace(/%../g, (code) => code.toLowerCase()))
      .add(encoded.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`))
      .add(new URLSearchParams([['', secret]]).toString().slice(1))
      .add(JSON.stringify(secret).slice(1, -1))
      .add(secret.replaceAll("'", "''"))
      // Between the single quotes of a shell.
      .add(secret.replaceAll("'", `'\\''`))
      .add(visible(secret.replaceAll("'", `'\\''`)))
      .add(secret.replace(/['\\]/g, '\\$&'));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** URLs of other servers, where a slash ends the part that may have a password. */
const OTHER_URL = /\b((?!postgres)[a-z][a-z0-9+.-]{1,20}:\/\/[^:@/\s'"]{0,256}:)([^@/\s'"<>]{1,1024})(?=@)/gi;

const URL_START = /postgres(?:ql)?:\/\/[^:@/\s['"]*:/gi;
const URL_END = /[\s'"<>]|postgres(?:ql)?:\/\//gi;
/** Without an @, a number is a port. */
const PORT = /^\d{1,5}(?:[/?,]|$)/;

/** Masks passwords in URLs, up to the last @ of each; where there is none, the URL was cut off. */
function maskUrls(text: string, mask: (secret: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  URL_START.lastIndex = 0;
  for (let match = URL_START.exec(text); match; match = URL_START.exec(text)) {
    const start = URL_START.lastIndex;
    URL_END.lastIndex = start;
    const end = URL_END.exec(text)?.index ?? text.length;
    const rest = text.slice(start, end);
    const at = rest.lastIndexOf('@');
    // Our own hints write `postgres://user:password@host`, which must stay readable.
    if (rest === '' || rest.startsWith('password@') || (at < 0 && PORT.test(rest))) continue;
    const to = at < 0 ? end : start + at;
    const secret = text.slice(start, to);
    parts.push(text.slice(from, start), isMasked(secret) ? secret : mask(secret));
    from = to;
    URL_START.lastIndex = from;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
