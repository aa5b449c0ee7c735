import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import stringWidth from 'string-width';
import { watchOutput } from './cli.ts';

/** What a run on a terminal came to. */
export interface TerminalRun {
  readonly code: number;
  /** Byte for byte what was written to the terminal. */
  readonly raw: string;
  /** The rows that are left on it in the end, from the first one on. */
  readonly rows: readonly string[];
  /** How many rows were broken at the right edge, while something was drawn over and over. */
  readonly wraps: number;
}

export interface TerminalOptions {
  readonly folder: string;
  readonly columns: number;
  readonly env: Readonly<Record<string, string>>;
  /** Called with all that was written so far, whenever there is more. */
  readonly onOutput?: (raw: string, strike: (signal: NodeJS.Signals) => void) => void;
}

const root = path.resolve(import.meta.dirname, '../..');

/** Whether there is a `script` of util-linux: it makes a pseudo-terminal without anything native of ours. */
export const hasTerminal: boolean = (() => {
  try {
    return /util-linux/.test(execFileSync('script', ['--version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
})();

/** Runs `registry-jobs` on a terminal of its own, so wide. */
export function runInTerminal(args: readonly string[], options: TerminalOptions): Promise<TerminalRun> {
  const { folder, columns, env, onOutput } = options;
  const words = [process.execPath, path.join(root, 'bin/registry-jobs.ts'), ...args];
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // The process that is to hear signals says which it is; what follows takes its place.
  const line = `stty cols ${columns} rows 24 -echo; echo "pid=$$"; exec ${command}`;
  const { PATH = '' } = process.env;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: folder,
    env: { PATH, HOME: folder, SHELL: '/bin/sh', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 30_000,
  });
  let raw = '';
  let pid = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    pid ||= Number(/pid=(\d+)\r\n/.exec(raw)?.[1] ?? 0);
    onOutput?.(raw, (signal) => process.kill(pid, signal));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      watchOutput(raw);
      const own = raw.replace(/^.*?pid=\d+\r\n/s, '');
      resolve({ code: code ?? -1, raw: own, ...screenOf(own, columns) });
    });
  });
}

/** What a terminal shows of an output, of which only line ends, returns, colours and the clearing of a row are known. */
export function screenOf(raw: string, columns: number): Pick<TerminalRun, 'rows' | 'wraps'> {
  const rows: string[] = [''];
  let wraps = 0;
  let isOver = false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  for (const [token] of raw.replace(/\x1b\[\d*m/g, '').matchAll(/\x1b\[2K|\r|\n|[^\r\n\x1b]+|\x1b/g)) {
    const last = rows.length - 1;
    if (token === '\n') {
      rows.push('');
      isOver = false;
    } else if (token === '\r') isOver = true;
    else if (token === '\x1b[2K') rows[last] = '';
    else {
      const row = isOver && rows[last] !== '' ? token : rows[last] + token;
      if (stringWidth(row) > columns && row.length === token.length && isOver) wraps++;
      rows[last] = row;
      isOver = false;
    }
  }
  return { rows, wraps };
}
