import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { awsCommands } from '../support/runbook.ts';

test('commands are found in blocks, on more than one line, in sentences and in comments, in the order of the text', () => {
  const guide = [
    '# Guide\n',
    'First `aws one --flag',
    'x`, and `npx cdk deploy`.\n',
    '   ```sh\n   read -rs P && printf %s "$P" | aws two \\\n     --name n\n   ls\n   ```\n',
    '```\nid: 1, // aws three\n```\n',
    '| alarm | `A=1 aws four` |',
  ].join('\n');
  const found = [
    'aws one --flag x',
    'read -rs P && printf %s "$P" | aws two --name n',
    'aws three',
    'A=1 aws four',
  ];
  expect(awsCommands(guide)).toEqual(found);
});

test('each command of the runbook can be pasted as it is', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/aws.md'), 'utf8');
  const commands = awsCommands(guide);
  expect(commands.length).toBeGreaterThan(25);
  expect(commands.filter((command) => /\.\.\.|<\w+>/.test(command))).toEqual([]);
});
