import { expect, test } from 'vitest';
import { textOfBytes } from '../../lib/postgres/snapshot/any-bytes.ts';

/* As `encode(convert_to(t, 'SQL_ASCII'), 'escape')` writes it. */
test.each([
  ['plain', 'plain'],
  ['a\\\\b', 'a\\b'],
  ['\\\\303\\\\251', '\\303\\251'],
  ['M\\303\\274ller', 'Müller'],
  ['\\360\\237\\230\\200', '😀'],
  ['caf\\351', 'caf\udce9'],
  ['caf\\350', 'caf\udce8'],
  ['\\303', '\udcc3'],
  // Half a pair of UTF-16 is no UTF-8.
  ['\\355\\263\\251', '\udced\udcb3\udca9'],
  ['\\300\\200', '\udcc0\udc80'],
])('%j is %j', (escaped, text) => {
  expect(textOfBytes(escaped)).toBe(text);
});
