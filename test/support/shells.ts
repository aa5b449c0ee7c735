import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

export type ShellName = 'bash' | 'zsh' | 'fish';

/** Whether a shell is installed here; says in one line what is not tested where it is not. */
export function hasShell(shell: ShellName): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`SKIPPED: no ${shell} here, so the completion for it is NOT tested.\n`);
    return false;
  }
}

export interface ShellOptions {
  /** The folder that the shell is in. */
  readonly folder: string;
  /** A folder that is first in PATH. */
  readonly bin: string;
  /** The completion script. */
  readonly script: string;
}

/**
 * Asks a real shell what it proposes at the end of each of these lines, which are given as the shell's own words, quotes and all. What
 * differs between shells is taken away: quotes, the slash of a folder, the option in front of `=`, and the order.
 */
export async function propose(
  shell: ShellName,
  lines: readonly (readonly string[])[],
  options: ShellOptions,
): Promise<string[][]> {
  const home = temporaryFolder();
  const script = path.join(home, 'script');
  writeFileSync(script, options.script);
  const out = await ask[shell](lines, { ...options, home, script });
  return out.split('\0').slice(0, lines.length).map(steady);
}

/** A folder with a program of the name `registry-jobs`, which is this shell script. */
export function programFolder(script: string): string {
  const bin = temporaryFolder();
  const file = path.join(bin, 'registry-jobs');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return bin;
}

/** Types a line into a bash on a terminal of its own, with a Tab wherever it has one, and has it run. Gives all that is shown. */
export async function typeInBash(line: string, options: ShellOptions): Promise<string> {
  const home = temporaryFolder();
  const script = path.join(home, 'script');
  // Readline draws no line anew that is not wider than the terminal, and lists nothing when a Tab is not enough.
  writeFileSync(script, `PS1='$ '; stty cols 1000\n${options.script}\nprintf 'READY\\n'\n`);
  const command = `bash --noprofile --rcfile ${quoted(script)} -i`;
  const asked = { ...options, home, script };
  return run(asked, 'script', ['-qefc', command, '/dev/null'], { INPUTRC: '/dev/null' }, `${line}\nexit\n`);
}

interface Asked extends ShellOptions {
  readonly home: string;
}

type Ask = (lines: readonly (readonly string[])[], asked: Asked) => Promise<string>;

const ask: Readonly<Record<ShellName, Ask>> = {
  // With settings that somebody may have, and that break what does not quote. Readline ends a word at = : and @ as well.
  bash: (lines, asked) => {
    const calls = lines.map((words) => {
      const split = words.flatMap((word) => word.split(/(?<=[=:@])|(?=[=:@])/));
      const all = (words.at(-1) === '' ? [...split.slice(0, -1), ''] : split).map(quoted);
      return `COMP_WORDS=(registry-jobs ${all.join(' ')}) COMP_CWORD=${all.length}
_registry_jobs
printf '%s\\n' "\${COMPREPLY[@]-}"; printf '\\0'`;
    });
    return run(asked, 'bash', [
      '--norc',
      '-c',
      `set -u; shopt -s failglob; source ${quoted(asked.script)}; IFS=:\n${calls.join('\n')}`,
    ]);
  },
  fish: (lines, asked) => {
    const calls = lines.map(
      (words) => `complete -C ${fishQuoted(['registry-jobs', ...words].join(' '))}; printf '\\0'`,
    );
    return run(asked, 'fish', ['--no-config', '-c', `source ${asked.script}\n${calls.join('\n')}`]);
  },
  // Its completion needs the line editor, so a terminal: zsh brings one.
  zsh: (lines, asked) => {
    const dotfiles = path.join(asked.home, 'dotfiles');
    mkdirSync(dotfiles);
    const texts = lines.map((words) => quoted(['registry-jobs', ...words].join(' ')));
    writeFileSync(path.join(dotfiles, '.zshrc'), ZSHRC.replace('@LINES@', texts.join(' ')));
    const own = 'zmodload zsh/zpty; zpty z zsh -d -i; while zpty -r z; do :; done > /dev/null; cat $OUT';
    return run(asked, 'zsh', ['-f', '-c', own], { ZDOTDIR: dotfiles, OUT: path.join(asked.home, 'out') });
  },
};

/** Notes each thing that is proposed, as compadd is handed it, and leaves after the last line. */
const ZSHRC = `
eval "$(<$SCRIPT)"
compadd() {
  local -a hits
  if [[ " \${@[1,(i)(-|--)]} " != *' '-[OAD]' '* ]]; then
    builtin compadd -A hits "$@"
    print -rl -- $hits >> $OUT
  fi
  builtin compadd "$@"
}
zle-line-init() {
  local line
  for line in @LINES@; do
    BUFFER=$line CURSOR=$#line
    zle complete-word
    print -rn -- $'\\0' >> $OUT
  done
  BUFFER=exit
  zle accept-line
}
zle -N zle-line-init
`;

function run(
  { folder, bin, home, script }: Asked,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  typed = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const variables = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: home,
      SCRIPT: script,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      ...env,
    };
    const options = { cwd: folder, env: variables, timeout: 20_000 };
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      error ? reject(new Error(`${command} failed: ${stderr}`, { cause: error })) : resolve(stdout),
    );
    if (typed === '') child.stdin?.end();
    let shown = '';
    child.stdout?.on('data', (text: string) => {
      const wasReady = shown.includes('READY');
      shown += text;
      // What is typed before the shell has read the script is lost on it.
      if (typed !== '' && !wasReady && shown.includes('READY')) child.stdin?.write(typed);
    });
  });
}

function steady(text: string): string[] {
  const proposed = text.split('\n').map((line) =>
    line
      .replace(/\t.*/, '')
      .replace(/\/$/, '')
      .replace(/^--[a-z-]+=/, '')
      .replaceAll('\\', ''),
  );
  return [...new Set(proposed.filter(Boolean))].sort();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
