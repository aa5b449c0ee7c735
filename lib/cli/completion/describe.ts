import type { Argument, Command, Option } from 'commander';

/** What the value of an option or an argument is completed with: fixed words, or what a shell finds when it is asked. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'environment' | 'version' | 'folder' | 'file' | 'nothing' };

/** An option, as a completion script needs it. */
export interface OptionWords {
  /** All its names: `-e`, `--env`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Not there for a switch. */
  readonly values?: Values;
  /** Whether its value may be left out. */
  readonly isOptional: boolean;
  /** Whether it takes several words. */
  readonly isVariadic: boolean;
}

/** A command, as a completion script needs it: the root of the tree has neither a name nor a description. */
export interface CommandWords {
  /** The names that lead to it, one each: none for the root, `['up']` for `up`. */
  readonly path: readonly string[];
  /** Its name, and its other ones. */
  readonly names: readonly string[];
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly arguments: readonly ArgumentWords[];
  readonly commands: readonly CommandWords[];
}

/** An argument, as a completion script needs it. */
export interface ArgumentWords {
  readonly name: string;
  readonly values: Values;
  readonly isVariadic: boolean;
}

/** What all three scripts are made of. */
export interface Completion {
  /** What the program is called. */
  readonly program: string;
  readonly root: CommandWords;
  /** Every command of the tree, the root first. */
  readonly all: readonly CommandWords[];
  /** Environments that need no file. */
  readonly environments: readonly string[];
  /** The command that prints the versions of files, a line each: the version, a tab, the title. */
  readonly versions: CommandWords;
}

/**
 * Reads the tree of commands: what is hidden in the help is left out. Pure.
 *
 * @param versionsCommand the hidden command that prints the versions of files
 * @param words values of options that are known elsewhere, by the flag
 */
export function describeCommands(
  program: Command,
  versionsCommand: string,
  environments: readonly string[],
  words: Readonly<Record<string, readonly string[]>> = {},
): Completion {
  const helped = program.createHelp().visibleCommands(program);
  const names = helped.flatMap(namesOf);
  const root = describeCommand(program, [], { ...words, '<command>': names });
  const versions = program.commands.find((command) => command.name() === versionsCommand);
  if (!versions) throw new Error(`There is no command ${versionsCommand}.`);
  return {
    program: program.name(),
    root,
    all: flatten(root),
    environments,
    versions: describeCommand(versions, [versionsCommand], {}),
  };
}

type KnownWords = Readonly<Record<string, readonly string[]>>;

function describeCommand(command: Command, path: readonly string[], known: KnownWords): CommandWords {
  const help = command.createHelp();
  return {
    path,
    names: namesOf(command),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => describeOption(option, known)),
    arguments: command.registeredArguments.map((argument) => describeArgument(argument, known)),
    commands: help
      .visibleCommands(command)
      .map((child) => describeCommand(child, [...path, child.name()], known)),
  };
}

function flatten(command: CommandWords): CommandWords[] {
  return [command, ...command.commands.flatMap(flatten)];
}

function namesOf(command: Command): string[] {
  return [command.name(), ...command.aliases()];
}

function describeOption(option: Option, known: KnownWords): OptionWords {
  const { short, long, description, flags, required, optional, variadic, argChoices } = option;
  const words = argChoices ?? (long && known[long]);
  const placeholder = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1] ?? '';
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    ...((required || optional) && { values: words ? { kind: 'words', words } : valuesOf(placeholder) }),
    isOptional: optional,
    isVariadic: variadic,
  };
}

function describeArgument(argument: Argument, known: KnownWords): ArgumentWords {
  const name = argument.name();
  const words = argument.argChoices ?? known[`<${name}>`];
  return {
    name,
    values: words ? { kind: 'words', words } : valuesOf(name),
    isVariadic: argument.variadic,
  };
}

/** What only its writer knows: nothing can be proposed. */
const FREE = new Set([
  ...['url', 'hash', 'number', 'name', 'names', 'duration', 'statement', 'title', 'path', 'text', 'reason'],
  ...['host', 'port', 'user', 'password', 'database', 'table', 'schema', 'column'],
]);
const FOLDERS = new Set(['folder', 'directory', 'dir', 'from', 'to']);

/**
 * What a value is, by the name that help gives it: `--migrations <folder>`. So an option that is added later is completed without being
 * named here. What has another name is completed with files, as a shell does by itself.
 */
function valuesOf(placeholder: string): Values {
  if (placeholder === 'environment' || placeholder === 'version') return { kind: placeholder };
  if (FOLDERS.has(placeholder)) return { kind: 'folder' };
  return { kind: FREE.has(placeholder) ? 'nothing' : 'file' };
}
