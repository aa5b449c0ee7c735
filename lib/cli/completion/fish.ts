import type { ArgumentWords, CommandWords, Completion, OptionWords, Values } from './describe.ts';

/** The completion script for fish, 3.0 or newer. Pure. */
export function fishCompletion({ program, all, environments, versions }: Completion): string {
  const name = `__${program.replaceAll('-', '_')}`;
  const fill: Readonly<Record<string, string>> = {
    NAME: name,
    PROGRAM: program,
    KNOW: all.flatMap(commandCases).join('\n'),
    KEEP: versions.options
      .filter(({ values }) => values)
      .flatMap(({ flags }) => flags)
      .join(' '),
    VERSIONS: versions.path.join(' '),
    ENVIRONMENTS: environments.map(quoted).join(' '),
    COMPLETE: all.flatMap((command) => completeLines(program, name, command)).join('\n'),
  };
  return SCRIPT.replace(/@([A-Z]+)@/g, (_, key: string) => fill[key] ?? '');
}

/** What a word comes to after a command, each as a pattern of both: the names of a command below it, and the options with a value. */
function commandCases({ path, options, commands }: CommandWords): string[] {
  const at = path.join('/');
  const after = (all: readonly string[]) => all.map((word) => quoted(`${at} ${word}`)).join(' ');
  const below = commands
    .filter(({ path: inner }) => inner.length > path.length)
    .map(({ path: inner, names }) => [after(names), `command ${quoted(inner.join('/'))}`]);
  const withValue = options
    .filter(({ values }) => values)
    .map((option) => [
      after(option.flags),
      `${option.isOptional ? 'may' : 'must'}${option.isVariadic ? ' may' : ''}`,
    ]);
  return [...below, ...withValue].flatMap(([pattern, answer]) => [
    `        case ${pattern}`,
    `            string split ' ' -- ${answer}`,
  ]);
}

function completeLines(program: string, name: string, command: CommandWords): string[] {
  const at = quoted(command.path.join('/'));
  const line = (test: string, rest: string) =>
    `complete -c ${program} -n ${quoted(`${name}_${test}`)} ${rest}`;
  return [
    ...command.commands.flatMap(({ names, description }) =>
      names.map((word) => line(`at ${at} 0`, `-a ${quoted(word)} -d ${quoted(description)}`)),
    ),
    ...command.options.map((option) => line(`in ${at}`, optionWords(name, option))),
    // fish gives an option one word at the most, and none that may be left out.
    ...command.options
      .filter(
        ({ values, isOptional, isVariadic }) =>
          values && values.kind !== 'nothing' && (isOptional || isVariadic),
      )
      .map(({ flags, values = NOTHING }) => line(`more ${at} ${flags.join(' ')}`, proposed(name, values))),
    ...command.arguments.flatMap((argument, index) => {
      const words = argumentWords(name, argument);
      return words === '' ? [] : [line(`at ${at} ${index}${argument.isVariadic ? ' more' : ''}`, words)];
    }),
  ];
}

function optionWords(name: string, { flags, description, values, isOptional }: OptionWords): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${quoted(flag.slice(2))}` : `-s ${quoted(flag.slice(1))}`,
  );
  const value = values === undefined ? [] : [isOptional ? '' : '-r', proposed(name, values)];
  return [...names, ...value, `-d ${quoted(description)}`].filter(Boolean).join(' ');
}

function argumentWords(name: string, { values }: ArgumentWords): string {
  return values.kind === 'nothing' ? '' : proposed(name, values);
}

const NOTHING: Values = { kind: 'nothing' };

/** What is proposed: files only where they are asked for. */
function proposed(name: string, values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-f -a ${quoted(values.words.map(quoted).join(' '))}`;
    case 'file':
      return '-F';
    case 'folder':
      return `-f -a '(__fish_complete_directories (commandline -ct) "")'`;
    case 'nothing':
      return '-f';
    default:
      return `-f -k -a '(${name}_${values.kind}s)'`;
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const SCRIPT = `# Completion of @PROGRAM@ for fish. Made by: @PROGRAM@ completion fish

# What a word ($argv[2]) comes to after a command ($argv[1]): one that is below it, or how its value is given.
function @NAME@_know
    switch "$argv[1] $argv[2]"
@KNOW@
    end
end

# Reads the words before the cursor. Prints the command, the number of its arguments, the option that may take one more word, and the options
# that say which files there are.
function @NAME@_read
    set -l path ''
    set -l number 0
    set -l option ''
    set -l waits ''
    set -l more ''
    set -l rest ''
    set -l kept
    for word in (commandline -opc)[2..-1]
        if test "$waits" = must; or begin
                test "$waits" = may; and not string match -q -- '-*' $word
            end
            contains -- $option @KEEP@; and set -a kept $option $word
            set waits $more
            continue
        end
        set waits ''
        set more ''
        if test -z "$rest"; and test "$word" = --
            set rest yes
        else if test -z "$rest"; and string match -q -- '--*=*' $word
            set -l both (string split -m 1 -- = $word)
            contains -- $both[1] @KEEP@; and set -a kept $both
        else if test -z "$rest"; and string match -q -- '-?*' $word
            set -l known (@NAME@_know $path $word)
            set option $word
            set waits "$known[1]"
            set more "$known[2]"
        else
            set -l known (@NAME@_know $path $word)
            if test $number = 0; and test "$known[1]" = command
                set path $known[2]
            else
                set number (math $number + 1)
            end
        end
    end
    test "$waits" = may; or set option ''
    printf '%s\\n' "$path" $number "$option" $kept
end

# Whether the words are of the command $argv[1].
function @NAME@_in
    set -l read (@NAME@_read)
    test "$read[1]" = "$argv[1]"
end

# Whether its argument number $argv[2] comes next, or, with a third word, that one or one after it.
function @NAME@_at
    set -l read (@NAME@_read)
    test "$read[1]" = "$argv[1]"; or return 1
    if set -q argv[3]
        test $read[2] -ge $argv[2]
    else
        test $read[2] -eq $argv[2]
    end
end

# Whether the words are of the command $argv[1], and the next one may be one more value of one of the options after it.
function @NAME@_more
    set -l read (@NAME@_read)
    test "$read[1]" = "$argv[1]"; and contains -- "$read[3]" $argv[2..-1]
end

function @NAME@_environments
    printf '%s\\n' @ENVIRONMENTS@
    for file in .env.*
        test -f $file; and string replace -- .env. '' $file
    end
end

# Asks the program: it knows the folder, and what is a migration in it.
function @NAME@_versions
    set -l called (commandline -opc)[1]
    set called (string replace -r -- '^~/' "$HOME/" $called)
    type -q -- $called; or set called @PROGRAM@
    set -l read (@NAME@_read)
    $called @VERSIONS@ $read[4..-1] 2>/dev/null </dev/null
end

complete -c @PROGRAM@ -e
complete -c @PROGRAM@ -f
@COMPLETE@
`;
