import { expect, test } from 'vitest';
import { readDocument } from '../../lib/operators/manifests/document.ts';
import { ManifestFault } from '../../lib/operators/manifests/fault.ts';
import { compactJson, goJson } from '../../lib/operators/manifests/go-json.ts';
import { readPackageManifest } from '../../lib/operators/manifests/package-manifest.ts';
import { placeOf } from '../../lib/operators/manifests/place.ts';
import { float32Text } from '../../lib/operators/manifests/yaml-types.ts';

const read = (text: string) => goJson(readDocument(Buffer.from(text)).value);

test.each([
  ['y', 'true'],
  ['Yes', 'true'],
  ['on', 'true'],
  ['OFF', 'false'],
  ['n', 'false'],
  ['tRue', '"tRue"'],
  ['~', 'null'],
  ['', 'null'],
  ['0x1F', '31'],
  ['-0x1F', '-31'],
  ['0b101', '5'],
  ['0o17', '15'],
  ['0644', '420'],
  ['08', '8'],
  ['1_000', '1000'],
  ['1_0.5', '10.5'],
  ['._5', '"._5"'],
  ['.5_0', '0.5'],
  ['5.', '5'],
  ['1.0', '1'],
  ['1e2', '100'],
  ['1e21', '1e+21'],
  ['1e-7', '1e-7'],
  ['1e400', '"1e400"'],
  ['1:30', '"1:30"'],
  ['2001-01-01', '"2001-01-01"'],
  ['9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['18446744073709551615', '18446744073709552000'],
  ['-0.0', '0'],
  ['!!str 5', '"5"'],
  ['!!float 3', '3'],
  ['!!binary aGk=', '"hi"'],
  ['!unknown bar', '"bar"'],
  ['!unknown [1]', '[1]'],
  ['<<', '"\\u003c\\u003c"'],
])('the value %s is %s', (value, json) => {
  expect(read(`a: ${value}`)).toBe(`{"a":${json}}`);
});

test.each([
  [
    'keys are texts, whatever they look like',
    'y: 1\n0x10: 2\n1.5: 3\n1e30: 4',
    '{"1.5":3,"16":2,"1e+30":4,"true":1}',
  ],
  ['the last of equal keys counts', 'a: 1\na: 2', '{"a":2}'],
  ['what is merged later overrides', 'b: &b {x: 1}\nc: {x: 3, <<: *b}', '{"b":{"x":1},"c":{"x":1}}'],
  ['what is merged earlier does not', 'b: &b {x: 1}\nc: {<<: *b, x: 3}', '{"b":{"x":1},"c":{"x":3}}'],
  [
    'of several that are merged the first counts',
    'b: &b {x: 1}\nd: &d {x: 2, z: 3}\nc: {<<: [*b, *d]}',
    '{"b":{"x":1},"c":{"x":1,"z":3},"d":{"x":2,"z":3}}',
  ],
  ['a quoted << is a key', "c: {'<<': 5}", '{"c":{"\\u003c\\u003c":5}}'],
  ['a quoted text may go on at the first column', 'a:\n  b: "x\ny\n\n  z"\n', '{"a":{"b":"x y\\nz"}}'],
  ['only the first document counts', 'a: 1\n---\nb: [', '{"a":1}'],
  ['dashes at the beginning are no document', '---\na: 1', '{"a":1}'],
  ['a comment before the dashes is one', '# ours\n---\na: 1', 'null'],
  ['three dots end it', 'a: 1\n...\nb: [', '{"a":1}'],
  [
    'JSON has its own numbers',
    '{"a":1.0,"b":9007199254740993,"b2":1e2} x',
    '{"a":1,"b":9007199254740993,"b2":100}',
  ],
  ['a brace may begin YAML', '{a: yes}', '{"a":true}'],
  [
    'keys are in the order of their bytes',
    '\u{1f600}: 1\n\uffee: 2\nB: 3\na: 4',
    '{"B":3,"a":4,"\uffee":2,"\u{1f600}":1}',
  ],
  [
    'text is escaped as Go does',
    'a: "<&>\\u2028\\x01\\b\\f\\t\\"\\\\é"',
    '{"a":"\\u003c\\u0026\\u003e\\u2028\\u0001\\b\\f\\t\\"\\\\é"}',
  ],
  [
    'an apostrophe may be escaped between double quotes, and is two characters elsewhere',
    `a: "it\\'s"\nb: [{"k\\'": "\\'"}, 'x\\''y', x\\'y]\n`,
    `{"a":"it's","b":[{"k'":"'"},"x\\\\'y","x\\\\'y"]}`,
  ],
  ['binary data may go on in the next line', 'a: !!binary |\n  aG\n  k=\n', '{"a":"hi"}'],
  ['__proto__ is a key like others', 'a: {__proto__: {b: 1}}', '{"a":{"__proto__":{"b":1}}}'],
])('%s', (_, text, json) => {
  expect(read(text)).toBe(json);
});

test.each([
  ['', 'The file is empty', '1:1'],
  ['a: 1\n b: 2', 'This is no YAML: bad indentation of a mapping entry', '2:3'],
  ['a: 1\n--- b', 'A line that begins with "---" may hold nothing else, as "b"', '2:1'],
  ['~: 1', 'A key in this document is empty (null).', '1:1'],
  ['a: .inf', 'A number in this document is infinite, or none: JSON has no such number.', '1:1'],
  ['a: &a [*a]', 'An anchor in this document contains itself.', '1:1'],
  ['a: 1 # x\u0007', 'Here is a control character, U+0007, which a text of YAML may not hold.', '1:9'],
  ['a: 1\nb: "\u009f"', 'Here is a control character, U+009F, which a text of YAML may not hold.', '2:5'],
  [
    'a: !!binary aGk',
    'This is no YAML: cannot resolve a node with !<tag:yaml.org,2002:binary> explicit tag',
    '1:16',
  ],
  [
    'a: !!binary a G k =',
    'This is no YAML: cannot resolve a node with !<tag:yaml.org,2002:binary> explicit tag',
    '1:20',
  ],
  ['a: "\\q"', 'This is no YAML: unknown escape sequence', '1:6'],
  ['c: {<<: 5}', 'What is merged by << in this document is no object.', '1:1'],
])('%j is refused', (text, message, place) => {
  const bytes = Buffer.from(text);
  let fault: unknown;
  try {
    readDocument(bytes);
  } catch (error) {
    fault = error;
  }
  if (!(fault instanceof ManifestFault)) throw new Error('it is read');
  const { line, column } = placeOf(bytes, fault);
  expect([fault.message, `${line}:${column}`]).toEqual([message, place]);
});

test('bytes that are no text, and aliases that grow without end, are refused', () => {
  expect(() => readDocument(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).toThrow('This is no text');
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  expect(() => readDocument(Buffer.from(lines.join('\n')))).toThrow('by its aliases');
});

test.each([
  ['spec:\n  a: 1\n  b: 2\n', ['spec', 'b'], '3:3'],
  ['spec:\n  a: {b: 1, c: 2}\n', ['spec', 'a', 'c'], '2:13'],
  ['list:\n- x\n- y\n', ['list', 1], '3:3'],
  ['list:\n  - a: 1\n    b: 2\n  - a: 3\n    b: 4\n', ['list', 1, 'b'], '5:5'],
  ['é: {list: [1, 2, 3]}\n', ['é', 'list', 2], '1:18'],
  ['{"a": {"b": [1, {"c": 5}]}}', ['a', 'b', 1, 'c'], '1:18'],
  ['a: 1\nspec:\n  "b c": 1\n', ['spec', 'b c'], '3:3'],
  ['a: 1\n', ['missing'], '1:1'],
])('in %j %j is at %s', (text, path, place) => {
  const { line, column } = placeOf(Buffer.from(text), { place: undefined, path });
  expect(`${line}:${column}`).toBe(place);
});

test('JSON as it was written keeps the order of its keys and its numbers', () => {
  expect(compactJson(' { "z" : [ 1.0, "a  b <" ],\n "a": "\\u00e9" } ')).toBe(
    '{"z":[1.0,"a  b \\u003c"],"a":"\\u00e9"}',
  );
});

test.each([
  [1.1, '1.1'],
  [-0.5, '-0.5'],
  [123456.5, '123456.5'],
  [1234567.5, '1.2345675e+06'],
  [0.00001, '1e-05'],
  [16777217.5, '1.6777218e+07'],
])('the float %d is the text %s', (value, text) => {
  expect(float32Text(value)).toBe(text);
});

/** As sigs.k8s.io/yaml 1.6 and its decoder read them; a number with a dot or an exponent is a float, whatever its value. */
test.each([
  ['packageName: 1000000', '1000000'],
  ['packageName: 1000000.0', '1e+06'],
  ['packageName: 1e6', '1e+06'],
  ['packageName: 1e5', '100000'],
  ['packageName: 16777217', '16777217'],
  ['packageName: 16777217.0', '1.6777216e+07'],
  ['packageName: 1.0', '1'],
  ['packageName: -0.0', '-0'],
  ['packageName: 1e21', '1e+21'],
  ['PackageName: 1e6', '1e+06'],
  ['x: &x {packageName: 1e6}\n<<: *x', '1e+06'],
  ['x: &x {packageName: 1e6}\n<<: *x\npackageName: 1000000', '1000000'],
  ['x: &x {packageName: 1000000}\npackageName: 1e6\n<<: *x', '1000000'],
  ['{"packageName": 1e6}', '1e+06'],
  ['{"packageName": 1000000}', '1000000'],
])('the package of %j is %s', (text, name) => {
  expect(readPackageManifest(readDocument(Buffer.from(text)).value)?.name).toBe(name);
});

test('channels and their heads are texts in the same way', () => {
  const text =
    'packageName: a\nchannels: [{name: &n 1e6, currentCSV: *n}, {name: 2e0, currentCSV: 7}]\ndefaultChannel: 3000000.0\n';
  expect(readPackageManifest(readDocument(Buffer.from(text)).value)).toEqual({
    name: 'a',
    defaultChannel: '3e+06',
    channels: [
      { name: '1e+06', head: '1e+06' },
      { name: '2', head: '7' },
    ],
  });
});
