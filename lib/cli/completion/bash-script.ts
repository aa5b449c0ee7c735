/**
 * The script for bash, with a word in capitals between two @ wherever the commands say what stands there: see bash.ts. It reads the words
 * before the cursor as commander does, and then proposes what can come next.
 */
export const bashScript = `# Completion of @PROGRAM@ for bash. Made by: @PROGRAM@ completion bash

# Says what is known of a command ($1), of an option of it ($2) and of its argument number $3.
@NAME@_know() {
  set -- "$1" "$2" "\${3-}"
  command=$2 commands=() options=() words=() needs='' more='' kind='' place=''
  case "$1" in
@COMMANDS@
  esac
}

# Keeps an option ($1) with its value ($2) that says which files there are.
@NAME@_keep() {
  case "$1" in
    @FILES@) ;;
    *) return ;;
  esac
  local value=$2
  value=\${value//[\\\\\\"\\']/}
  case "$value" in
    '~/'*) value=$HOME/\${value#'~/'} ;;
  esac
  files+=("$1" "$value")
}

# Proposes $1, once, if it begins as what was typed.
@NAME@_propose() {
  local word
  printf -v word %q "$1"
  [[ $1 == "$typed"* || $word == "$typed"* ]] || return 0
  [[ " \${COMPREPLY[*]-} " != *" $before\${word#"$drop"} "* ]] || return 0
  COMPREPLY+=("$before\${word#"$drop"}")
}

# Lets readline complete names of files ($1 is file) or folders, with its own quotes. Before bash 4 it has no compopt.
@NAME@_files() {
  local option=default letter=-f line
  if [[ $1 == folder ]]; then option=dirnames letter=-d; fi
  # What readline has for a word is a file only if nothing stands before it.
  [[ -z $before ]] && compopt -o "$option" 2> /dev/null && return
  while IFS= read -r line; do @NAME@_propose "$line"; done < <(compgen "$letter" -- "$typed")
}

# Proposes values of the kind $1.
@NAME@_values() {
  local line
  case "$1" in
    words) for line in "\${words[@]}"; do @NAME@_propose "$line"; done ;;
    folder | file) @NAME@_files "$1" ;;
    environment)
      for line in @ENVIRONMENTS@; do @NAME@_propose "$line"; done
      while IFS= read -r line; do
        if [[ -f $line ]]; then @NAME@_propose "\${line#.env.}"; fi
      done < <(compgen -G '.env.*')
      ;;
    version)
      while IFS= read -r line; do
        @NAME@_propose "\${line%%$'\\t'*}"
      done < <("$called" @VERSIONS@ \${files[@]+"\${files[@]}"} 2> /dev/null < /dev/null)
      ;;
  esac
}

@NAME@() {
  local called=\${COMP_WORDS[0]} typed before='' drop='' path='' option='' is_rest='' number=0 index word
  local command needs more kind place waits=''
  local -a all files commands options words
  local IFS=$' \\t\\n'
  COMPREPLY=()
  ((COMP_CWORD > 0)) || return 0
  all=() files=()
  # Readline takes = : and @ for the end of a word, and the shell does not.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]-}
    # Only what stands before the cursor.
    if ((index == COMP_CWORD)) && [[ -n \${2-} && $word == "\${2-}"* ]]; then word=$2; fi
    if ((\${#all[@]} > 0)) && { [[ -n $word && -z \${word//[=:@]/} ]] ||
      [[ \${COMP_WORDS[index - 1]} != '' && -z \${COMP_WORDS[index - 1]//[=:@]/} ]]; }; then
      all[\${#all[@]} - 1]+=$word
    else
      all+=("$word")
    fi
  done
  case "$called" in
    '~/'*) called=$HOME/\${called#'~/'} ;;
  esac
  # An alias is none inside of a function.
  [[ $(type -t -- "$called") =~ ^(file|function)$ ]] || called=@PROGRAM@

  for ((index = 0; index < \${#all[@]} - 1; index++)); do
    word=\${all[index]}
    if [[ $waits == must || ( $waits == may && $word != -* ) ]]; then
      @NAME@_know "$path" "$option"
      @NAME@_keep "$option" "$word"
      waits=$more
      continue
    fi
    waits=''
    if [[ -z $is_rest && $word == -- ]]; then
      is_rest=yes
    elif [[ -z $is_rest && $word == --*=* ]]; then
      @NAME@_keep "\${word%%=*}" "\${word#*=}"
    elif [[ -z $is_rest && $word == -?* ]]; then
      @NAME@_know "$path" "$word"
      option=$word waits=$needs
      if [[ $word != --* && -z $needs ]]; then @NAME@_keep "\${word:0:2}" "\${word:2}"; fi
    else
      @NAME@_know "$path" "$word"
      if ((number == 0)) && [[ " \${commands[*]-} " == *" $word "* ]]; then
        path=\${path:+$path/}$command
      else
        number=$((number + 1))
      fi
    fi
  done

  word=\${all[\${#all[@]} - 1]-}
  typed=$word
  if [[ -z $is_rest && -z $waits && $word == --*=* ]]; then
    option=\${word%%=*} typed=\${word#*=} waits=must
  fi
  # A quote that was opened is left as it stands.
  typed=\${typed#[\\"\\']}
  # What readline replaces may be less than the word, or more than the value.
  if [[ $# -ge 2 && $typed == *"$2" ]]; then drop=\${typed%"$2"}
  elif [[ $# -ge 2 && $2 == *"$typed" ]]; then before=\${2%"$typed"}
  fi
  if [[ $waits == must || ( $waits == may && $word != -* ) ]]; then
    @NAME@_know "$path" "$option"
    if [[ $waits == must || $kind != nothing ]]; then
      @NAME@_values "$kind"
      return
    fi
  fi
  @NAME@_know "$path" '' "$number"
  if [[ -z $is_rest && $word == -* ]]; then
    for word in "\${options[@]}"; do @NAME@_propose "$word"; done
    return
  fi
  if ((number == 0)); then
    for word in \${commands[@]+"\${commands[@]}"}; do @NAME@_propose "$word"; done
  fi
  @NAME@_values "$place"
  # Where nothing else can come, the options are what there is.
  if [[ -z $is_rest && -z $typed && -z $place && \${#commands[@]} -eq 0 ]]; then
    for word in "\${options[@]}"; do @NAME@_propose "$word"; done
  fi
}

complete -F @NAME@ @PROGRAM@
`;
