import type { Command } from 'commander';
import { hidePassword } from '../settings/database-url.ts';
import { shellWord } from '../text/format.ts';

/** What says with which files and which database a command works: another one has to be told the same. */
const CARRIED = [
  'env',
  'databaseUrl',
  'parameterPath',
  'ledger',
  'migrations',
  'initialSchema',
  'statisticsFunctions',
  'remote',
  'function',
];

/**
 * Makes a function that adds to the commands in a text the options that were given to this one, so that they can be pasted. Those that a
 * command does not take, or has already, are left out.
 *
 * @param command the one that was called; nothing before it is known
 * @param env variables of the process: npm says there how we were called
 */
export function createCarrier(
  program: Command,
  command: () => Command | undefined,
  env: Readonly<Record<string, string | undefined>>,
): (text: string) => string {
  const known = new Map(program.commands.map((one) => [one.name(), one.options]));
  const prefix = env.npm_command === 'exec' ? 'npx ' : '';
  return (text) => {
    const given = givenOptions(command());
    if (given.length === 0 && prefix === '') return text;
    return text.replace(CALL, (call: string, name: string, rest: string) => {
      const takes = known.get(name);
      if (!takes) return call;
      const added = given.filter(([flag]) =>
        takes.some(({ short, long }) => long === flag && !isAmong(rest, long) && !isAmong(rest, short)),
      );
      return [`${prefix}${call}`, ...added.flat()].join(' ');
    });
  };
}

/** A command in a text, but not the application of a session, as `pid 7 (me, registry-jobs up)`; and what stands after it on its line. */
const CALL = /(?<!npx |\([^()\n]*, )\bregistry-jobs ([a-z]+)\b(?=([^\n]*))/g;

/** Whether the words of a command hold an option, under one of its names. */
function isAmong(words: string, flag: string | undefined): boolean {
  return flag !== undefined && ` ${words} `.search(new RegExp(` ${flag}[ =]`)) >= 0;
}

function givenOptions(command: Command | undefined): [flag: string, value?: string][] {
  return (command?.options ?? []).flatMap((option): [string, string?][] => {
    const name = option.attributeName();
    const value: unknown = command?.getOptionValue(name);
    const isGiven = command?.getOptionValueSource(name) === 'cli';
    if (!CARRIED.includes(name) || !isGiven || !option.long) return [];
    if (value === true) return [[option.long]];
    if (typeof value !== 'string') return [];
    return [[option.long, shellWord(name === 'databaseUrl' ? hidePassword(value) : value)]];
  });
}

/** Options that name a database beside {@link CARRIED}. */
const URLS: ReadonlySet<string> = new Set(['server', 'on', 'against']);

/** The command as it was called, without what says which database: {@link createCarrier} adds that. Never a password. */
export function asCalled(command: Command, args: readonly string[]): string {
  const options = command.options.flatMap((option): string[] => {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (CARRIED.includes(name) || command.getOptionValueSource(name) !== 'cli' || !option.long) return [];
    if (typeof value === 'boolean') return value === option.negate ? [] : [option.long];
    const shown = (one: unknown) => shellWord(URLS.has(name) ? hidePassword(String(one)) : String(one));
    return [option.long, ...[value].flat().map(shown)];
  });
  return ['registry-jobs', ...namesOf(command), ...args.map(shellWord), ...options].join(' ');
}

/** A command of a group is called by both names. */
function namesOf(command: Command): string[] {
  return command.parent ? [...namesOf(command.parent), command.name()] : [];
}
