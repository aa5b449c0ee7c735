import type { Entry } from '../errors/catalogue/entry.ts';
import { catalogue, warningCatalogue } from '../errors/catalogue.ts';
import { codeBlock } from './reference.ts';

/** The reference of errors and warnings, in Markdown, made from the catalogue. Pure. */
export function renderErrorReference(): string {
  const errors: ReadonlyMap<string, Entry> = new Map(Object.entries(catalogue));
  const warnings: ReadonlyMap<string, Entry> = new Map(Object.entries(warningCatalogue));
  const codes = [...new Set([...errors.keys(), ...warnings.keys()])].sort();
  const paragraphs = [
    '# Errors and warnings',
    '<!-- Made by `npm run reference` from lib/errors/catalogue: change that. -->',
    ...INTRODUCTION,
    ...codes.flatMap((code) => [
      `## ${code}`,
      ...section(errors.get(code), 'error'),
      ...section(warnings.get(code), 'warning', errors.has(code)),
    ]),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

const INTRODUCTION = [
  'The message of an error ends in a code between brackets, such as `[statement-failed]`. With `--json` and in the library it is the `code` of ' +
    'the error. A warning has one as well, and is printed without it. Codes are stable, so scripts may depend on them; messages are for people and ' +
    'may improve.',
  'Most errors end in a line that begins with `What to do:` and is about the very case. The examples here leave it out. What a construct throws ' +
    'is printed by Node, as `UsageError:` and the message, with the code below it.',
];

function section(entry: Entry | undefined, kind: 'error' | 'warning', isSecond = false): string[] {
  if (!entry) return [];
  const { means, remedy, example } = entry;
  const lead = kind === 'error' ? '' : isSecond ? '**As a warning:** ' : '**A warning.** ';
  return [
    `${lead}${means}`,
    ...(example === undefined ? [] : [codeBlock('', example)]),
    `What to do: ${remedy}`,
  ];
}
