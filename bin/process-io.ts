import { fstatSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Io, SignalName } from '../lib/cli/io.ts';
import { wantsColor } from '../lib/cli/paint.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Whoever read us may be gone: a closed pipe, a terminal that was hung up. What is being done goes on to its own end.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (['EPIPE', 'EIO', 'ECONNRESET'].includes(error.code ?? '')) return;
  // It was there to be kept, on a disk that is full.
  process.once('exit', () => {
    process.exitCode ||= 1;
  });
  process.stderr.write(`error: Standard output could not be written: ${error.message.split(',')[0]}\n`);
});

/** Asked at the moment: the variables decide before the terminal does. */
const { FORCE_COLOR: _, NO_COLOR: __, ...terminalOnly } = process.env;
const isAble = [process.stdout, process.stderr].every(
  (stream) => stream.isTTY && stream.getColorDepth(terminalOnly) > 1,
);

/** What goes through a pipe may come back to this terminal when it likes, as from `tee`: then nothing is redrawn between. */
const mayRedraw = process.stderr.isTTY && process.env.TERM !== 'dumb' && !isPipe(1);

/** The terminal, environment and folder of this process: what only an entry point may touch. */
export const processIo: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: Boolean(process.stderr.isTTY && process.stdin.isTTY),
  columns: () => (mayRedraw ? process.stderr.columns || 80 : undefined),
  hasColor: wantsColor(process.env, isAble),
  env: process.env,
  folder: process.cwd(),
  who: `${userName()}@${hostname()}`,
  ask,
  onSignal,
  exit: (code) => process.exit(code),
};

function onSignal(listen: (signal: SignalName) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listen);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listen);
  };
}

/** While it asks the terminal sends keys, and Ctrl-C is one of them. An end of the input is no answer. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => {
    terminal.on('close', () => resolve(undefined));
  });
  terminal.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
  const leave = onSignal(() => process.stderr.write('\n'));
  try {
    const answer = await Promise.race([terminal.question(question).catch(() => undefined), ended]);
    if (answer === undefined) process.stderr.write('\n');
    return answer ?? '';
  } finally {
    leave();
    terminal.close();
  }
}

function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
}

/** By number where the machine has no name for this user, as in a container that is run as any user id. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
