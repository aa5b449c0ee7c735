import { shellWord } from '../../text/format.ts';
import { bashScript } from './bash-script.ts';
import type { ArgumentWords, CommandWords, Completion, OptionWords, Values } from './describe.ts';

/**
 * The completion script for bash, 3.2 or newer. Pure.
 *
 * Names of files and versions reach it as data only: nothing of them is expanded by the shell, as `compgen -W` would.
 */
export function bashCompletion({ program, all, environments, versions }: Completion): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const fill: Readonly<Record<string, string>> = {
    NAME: name,
    PROGRAM: program,
    COMMANDS: all.map(commandCase).join('\n'),
    ENVIRONMENTS: words(environments),
    FILES: versions.options
      .filter(({ values }) => values)
      .flatMap(({ flags }) => flags)
      .join(' | '),
    VERSIONS: versions.path.join(' '),
  };
  return bashScript.replace(/@([A-Z]+)@/g, (_, key: string) => fill[key] ?? '');
}

/** What is known of one command. The path of the root is empty; a command below another has both names, with a slash. */
function commandCase({ path, options, arguments: all, commands }: CommandWords): string {
  const lines = [
    `commands=(${words(commands.flatMap(({ names }) => names))})`,
    `options=(${words(options.flatMap(({ flags }) => flags))})`,
    ...cases('"$2"', commands.filter(({ names }) => names.length > 1).map(aliasCase)),
    ...cases('"$2"', options.filter(({ values }) => values).map(optionCase)),
    ...cases('"$3"', all.map(argumentCase)),
  ];
  return [
    `    ${shellWord(path.join('/')) || "''"})`,
    ...lines.map((line) => `      ${line}`),
    '      ;;',
  ].join('\n');
}

function cases(word: string, arms: readonly string[]): string[] {
  return arms.length === 0 ? [] : [`case ${word} in`, ...arms.map((arm) => `  ${arm}`), 'esac'];
}

function aliasCase({ names: [name = '', ...aliases] }: CommandWords): string {
  return `${aliases.map(shellWord).join(' | ')}) command=${shellWord(name)} ;;`;
}

function optionCase({ flags, values, isOptional, isVariadic }: OptionWords): string {
  const needs = `needs=${isOptional ? 'may' : 'must'}${isVariadic ? ' more=may' : ''}`;
  return `${flags.join(' | ')}) ${needs} ${ofKind(values)} ;;`;
}

/** The first argument has the number 0; one that takes several words has all numbers after its own. */
function argumentCase({ values, isVariadic }: ArgumentWords, index: number): string {
  return `${isVariadic ? '*' : index}) ${ofKind(values, 'place')} ;;`;
}

function ofKind(values: Values = { kind: 'nothing' }, variable = 'kind'): string {
  const kind = `${variable}=${values.kind}`;
  return values.kind === 'words' ? `${kind} words=(${words(values.words)})` : kind;
}

function words(all: readonly string[]): string {
  return all.map(shellWord).join(' ');
}
