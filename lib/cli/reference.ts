import type { Argument, Command, Option } from 'commander';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/** The reference of the command line, in Markdown, made from the commands themselves. Pure. */
export function renderReference(): string {
  const written: string[] = [];
  const io = nobodysIo((text) => written.push(text));
  const program = createProgram(io, '', () => Promise.resolve());
  const commands = visibleCommands(program);
  const paragraphs = [
    '# Command line',
    '<!-- Made by `npm run reference` from the commands themselves: change those. -->',
    plain(program.description()),
    codeBlock('sh', usage(program)),
    ...closingText(program, written),
    table(
      ['command', ''],
      commands.map((command) => [
        `[\`${fullName(command)}\`](#${anchor(command)})`,
        sentence(command.description()),
      ]),
    ),
    ...commands.flatMap((command) => [`## ${fullName(command)}`, ...section(command, written)]),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** Nobody's terminal and nobody's environment: what is made with it is the same on every machine. */
export function nobodysIo(out: Io['out'] = () => {}): Io {
  return {
    out,
    err: () => {},
    isTerminal: false,
    hasColor: false,
    env: {},
    folder: '.',
    who: '',
    ask: () => Promise.resolve(''),
  };
}

function section(command: Command, written: string[]): string[] {
  const options = command.createHelp().visibleOptions(command);
  return [
    sentence(command.description()),
    codeBlock('sh', usage(command)),
    table(['argument', '', 'default'], command.registeredArguments.map(argumentRow)),
    table(['option', '', 'default'], options.filter(({ long }) => long !== '--help').map(optionRow)),
    ...closingText(command, written),
  ].filter(Boolean);
}

/** Commands that do something; those that only group others are named in front of them. */
function visibleCommands(program: Command): Command[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => (command.commands.length > 0 ? visibleCommands(command) : [command]));
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function anchor(command: Command): string {
  return fullName(command).replaceAll(' ', '-');
}

function usage(command: Command): string {
  return command.createHelp().commandUsage(command);
}

function argumentRow(argument: Argument): string[] {
  const description = `${sentence(argument.description)}${choicesOf(argument)}`;
  return [`\`${argument.name()}\``, description, defaultOf(argument.defaultValue)];
}

function optionRow(option: Option): string[] {
  const variable = option.envVar ? ` Also set by \`${option.envVar}\`.` : '';
  const required = option.mandatory ? ' Required.' : '';
  return [
    `\`${option.flags}\``,
    `${sentence(option.description)}${choicesOf(option)}${required}${variable}`,
    option.defaultValueDescription ?? defaultOf(option.defaultValue),
  ];
}

function choicesOf({ argChoices }: Argument | Option): string {
  return argChoices ? ` One of ${argChoices.map((it) => `\`${it}\``).join(', ')}.` : '';
}

function defaultOf(value: unknown): string {
  // A switch is off unless it is there; that goes without saying.
  return value === undefined || value === false
    ? ''
    : `\`${Array.isArray(value) ? value.join(' ') : value}\``;
}

/** What a command's help says behind its options: paragraphs, with indented lines as code. */
function closingText(command: Command, written: string[]): string[] {
  written.length = 0;
  command.outputHelp();
  const behind = written.join('').slice(command.helpInformation().length);
  return behind
    .trim()
    .split(/\n{2,}/)
    .filter(Boolean)
    .map((paragraph) => {
      const lines = paragraph.split('\n');
      const code = lines.filter((line) => line.startsWith('  '));
      const text = plain(lines.filter((line) => !line.startsWith('  ')).join('\n'));
      if (code.length === 0) return text;
      return `${text}\n\n${codeBlock('sh', code.map((line) => line.slice(2)).join('\n'))}`;
    });
}

/** Text as it is, in Markdown. */
export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  // A column that nobody fills is left out.
  const used = head.map((_, column) => rows.some((row) => row[column]));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => used[column])
      .map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '))
      .join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return plain(/[.!?]$/.test(whole) || !whole ? whole : `${whole}.`);
}

/** Help is written for a terminal: what Markdown would take for its own is escaped. */
function plain(text: string): string {
  return text.replace(/[<*`]/g, '\\$&');
}
