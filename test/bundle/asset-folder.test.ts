import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { writeAssetFolder } from '../../lib/bundle/asset-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const usual = process.umask();
afterEach(() => void process.umask(usual));

/** The modes of a folder and of what is in it, as `ls` would show them in octal. */
function modesOf(folder: string): Record<string, string> {
  const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
  return Object.fromEntries(['.', ...readdirSync(folder)].map((name) => [name, mode(join(folder, name))]));
}

const files = new Map([
  ['index.mjs', Buffer.from('export const handler = 1;\n')],
  ['rds-ca.pem', Buffer.from('-----BEGIN CERTIFICATE-----\n')],
]);
const readable = { '.': '755', 'index.mjs': '644', 'rds-ca.pem': '644' };

// The zip that Lambda unpacks has these modes, and its hash does not: one that nobody could read would stay for ever.
test.each(['000', '002', '022', '027', '077'])('under umask %s Lambda can read what was written', (umask) => {
  const folder = join(temporaryFolder(), 'new', 'asset');
  process.umask(Number.parseInt(umask, 8));
  writeAssetFolder(folder, files);
  expect(modesOf(folder)).toEqual(readable);
});

test.each([
  ['700', '600', 'as umask 077 leaves it'],
  ['777', '666', 'as umask 000 leaves it'],
  ['2750', '755', 'with other bits'],
  ['755', '400', 'read only'],
])(
  'a folder that exists already with mode %s and files with %s (%s) gets the right ones',
  (ofFolder, ofFile) => {
    const folder = join(temporaryFolder(), 'asset');
    mkdirSync(folder);
    for (const [name, content] of files) {
      writeFileSync(join(folder, name), name === 'index.mjs' ? content : 'old');
      chmodSync(join(folder, name), Number.parseInt(ofFile, 8));
    }
    chmodSync(folder, Number.parseInt(ofFolder, 8));
    process.umask(0o077);
    writeAssetFolder(folder, files);
    expect(modesOf(folder)).toEqual(readable);
  },
);
