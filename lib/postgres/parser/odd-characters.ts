/** What looks like something else, or like nothing, by code point: its name, and what to do about it. */
const SPACE = 'Put an ordinary space there.';
const NOTHING = 'Remove it: it cannot be seen, but Postgres takes it for a letter.';
const QUOTE = 'Put a straight quote there: \' around a string, " around a name.';
const ODD: readonly (readonly [from: number, to: number, name: string, hint: string])[] = [
  [0x01, 0x08, 'a control character', 'Remove it.'],
  [0x0e, 0x1f, 'a control character', 'Remove it.'],
  [0x7f, 0x9f, 'a control character', 'Remove it.'],
  [0xa0, 0xa0, 'a no-break space', SPACE],
  [0xad, 0xad, 'a soft hyphen', NOTHING],
  [0xab, 0xab, 'an angle quote', QUOTE],
  [0xbb, 0xbb, 'an angle quote', QUOTE],
  [0xb4, 0xb4, 'an accent', QUOTE],
  [0x1680, 0x1680, 'a space of another alphabet', SPACE],
  [0x180e, 0x180e, 'a separator that cannot be seen', NOTHING],
  [0x2000, 0x200a, 'a space of another width', SPACE],
  [0x200b, 0x200b, 'a zero-width space', NOTHING],
  [0x200c, 0x200d, 'a zero-width joiner', NOTHING],
  [0x200e, 0x200f, 'a mark of direction', NOTHING],
  [0x2010, 0x2015, 'a dash', 'Put a hyphen there: two of them begin a comment.'],
  [0x2018, 0x201f, 'a curly quote', QUOTE],
  [0x2028, 0x2029, 'a line separator', 'Put an ordinary line end there.'],
  [0x202a, 0x202e, 'a mark of direction', NOTHING],
  [0x202f, 0x202f, 'a narrow no-break space', SPACE],
  [0x2032, 0x2033, 'a prime', QUOTE],
  [0x205f, 0x205f, 'a space of another width', SPACE],
  [0x2060, 0x2060, 'a word joiner', NOTHING],
  [0x2066, 0x2069, 'a mark of direction', NOTHING],
  [0x2212, 0x2212, 'a minus sign of mathematics', 'Put a hyphen there.'],
  [0x3000, 0x3000, 'an ideographic space', SPACE],
  [0xfeff, 0xfeff, 'a byte-order mark', 'Remove it: it may stand only at the beginning of a file.'],
  [0xff01, 0xff5e, 'a full-width character', 'Write it in ASCII.'],
];

/** Such a character, and where it stands in the text that was searched. */
export interface OddCharacter {
  readonly offset: number;
  /** `a no-break space (U+00A0)` */
  readonly name: string;
  readonly hint: string;
}

/** The first character of a text that is easily taken for another one, or not seen at all. */
export function findOddCharacter(text: string): OddCharacter | undefined {
  // Most text is ASCII.
  const start = text.search(/[^\t\n\v\f\r -~]/);
  if (start < 0) return undefined;
  for (let offset = start; offset < text.length; offset++) {
    const code = text.charCodeAt(offset);
    const odd = ODD.find(([from, to]) => code >= from && code <= to);
    if (!odd) continue;
    const [, , name, hint] = odd;
    return { offset, name: `${name} (U+${code.toString(16).toUpperCase().padStart(4, '0')})`, hint };
  }
  return undefined;
}
