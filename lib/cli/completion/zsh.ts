import type { ArgumentWords, CommandWords, Completion, OptionWords, Values } from './describe.ts';

/** The completion script for zsh, 5.0 or newer: to be evaluated, or as a file `_NAME` in a folder of `fpath`. Pure. */
export function zshCompletion({ program, all, environments, versions }: Completion): string {
  const name = `_${program}`;
  const fill: Readonly<Record<string, string>> = {
    NAME: name,
    PROGRAM: program,
    CALLED: `${name.replaceAll('-', '_')}_called`,
    COMMANDS: all.map((command) => commandFunction(name, command)).join('\n'),
    ENVIRONMENTS: environments.map(quoted).join(' '),
    KEEP: versions.options
      .filter(({ values }) => values)
      .flatMap(({ flags }) => flags)
      .join(' '),
    VERSIONS: versions.path.join(' '),
  };
  return SCRIPT.replace(/@([A-Z]+)@/g, (_, key: string) => fill[key] ?? '');
}

/** The function that completes what stands after a command. */
function commandFunction(name: string, command: CommandWords): string {
  const { path, options, arguments: all, commands } = command;
  const specs = [
    ...options.flatMap((option) => optionSpecs(name, option)),
    ...(commands.length > 0 ? ['1: :->command', '*:: :->rest'] : all.map(argumentSpec(name))),
  ];
  const lines = [`_arguments -s -S -C \\`, ...specs.map((spec) => `  ${quoted(spec)} \\`)];
  return [
    `${functionName(name, path)}() {`,
    `  local curcontext=$curcontext state state_descr line expl`,
    `  local -A opt_args`,
    ...lines.map((line) => `  ${line}`),
    ...(commands.length > 0 ? ['    && return', ...choice(name, commands)] : ['    && return']),
    '}',
  ].join('\n');
}

function choice(name: string, commands: readonly CommandWords[]): string[] {
  const described = commands.flatMap(({ names, description }) =>
    names.map((word) => quoted(`${escaped(word, ':')}:${description}`)),
  );
  return [
    '  case $state in',
    '    command)',
    '      local -a commands',
    '      commands=(',
    ...described.map((line) => `        ${line}`),
    '      )',
    `      _describe -t commands command commands`,
    '      ;;',
    '    rest)',
    '      case $words[1] in',
    ...commands.map(
      (command) => `        ${command.names.join(' | ')}) ${functionName(name, command.path)} ;;`,
    ),
    '      esac',
    '      ;;',
    '  esac',
  ];
}

function functionName(name: string, path: readonly string[]): string {
  return [name, ...path].join('__') + (path.length === 0 ? '__' : '');
}

/** One for each name; an option that was given is not proposed again under another one. */
function optionSpecs(
  name: string,
  { flags, description, values, isOptional, isVariadic }: OptionWords,
): string[] {
  const others = isVariadic ? '*' : `(${flags.join(' ')})`;
  return flags.map((flag) => {
    const sign = values === undefined ? '' : flag.startsWith('--') ? '=' : '+';
    const colons = isOptional ? '::' : isVariadic ? ':*-*:' : ':';
    const value = values === undefined ? '' : `${colons}${valueSpec(name, values)}`;
    return `${others}${flag}${sign}[${escaped(description, '[]:')}]${value}`;
  });
}

function argumentSpec(name: string): (argument: ArgumentWords, index: number) => string {
  return (argument, index) =>
    `${argument.isVariadic ? '*' : index + 1}:${valueSpec(name, argument.values, argument.name)}`;
}

/** What zsh says that a value is, and how it finds what to propose: nothing is a space. */
function valueSpec(name: string, values: Values, message = ''): string {
  const said = escaped(
    message || (values.kind === 'words' || values.kind === 'nothing' ? 'value' : values.kind),
    ':',
  );
  switch (values.kind) {
    case 'words':
      return `${said}:(${values.words.map((word) => escaped(word, ' ()\'":')).join(' ')})`;
    case 'folder':
      return `${said}:_files -/`;
    case 'file':
      return `${said}:_files`;
    case 'nothing':
      return `${said}: `;
    default:
      return `${said}:${name}_${values.kind}s`;
  }
}

function escaped(text: string, special: string): string {
  return [...text]
    .map((letter) => (letter === '\\' || special.includes(letter) ? `\\${letter}` : letter))
    .join('');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const SCRIPT = `#compdef @PROGRAM@
# Completion of @PROGRAM@ for zsh. Made by: @PROGRAM@ completion zsh

@NAME@_environments() {
  local -a environments files
  files=(.env.*(N-.))
  environments=(@ENVIRONMENTS@ \${files#.env.})
  compadd "$@" -a environments
}

# Asks the program: it knows the folder, and what is a migration in it.
@NAME@_versions() {
  local -a versions kept titles
  local option value called=\${(Q)@CALLED@/#\\~\\//$HOME/}
  (( $+commands[$called] || $+functions[$called] )) || [[ -x $called ]] || called=@PROGRAM@
  for option in @KEEP@; do
    (( $+opt_args[$option] )) || continue
    # _arguments puts a backslash before each : and \\ of a word.
    value=\${\${opt_args[$option]//\\\\:/:}//\\\\\\\\/\\\\}
    kept+=($option \${(Q)value})
  done
  versions=("\${(@f)$("$called" @VERSIONS@ $kept 2> /dev/null < /dev/null)}")
  versions=($versions)
  titles=(\${versions//$'\\t'/  })
  versions=(\${versions%%$'\\t'*})
  compadd "$@" -V versions -l -d titles -a versions
}

@COMMANDS@

@NAME@() {
  local @CALLED@=$words[1]
  @NAME@__
}

# As a file of fpath it is the function itself; evaluated it has to be made known.
if [[ $funcstack[1] == @NAME@ ]]; then
  @NAME@ "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef @NAME@ @PROGRAM@
fi
`;
