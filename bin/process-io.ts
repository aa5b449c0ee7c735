import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Io } from '../lib/cli/io.ts';

/** The terminal, environment and folder of this process: what only an entry point may touch. */
export const processIo: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: Boolean(process.stderr.isTTY && process.stdin.isTTY),
  hasColor: (process.stdout.hasColors?.() ?? false) && (process.stderr.hasColors?.() ?? false),
  env: process.env,
  folder: process.cwd(),
  who: `${userName()}@${hostname()}`,
  ask: async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  },
};

/** By number where the machine has no name for this user, as in a container that is run as any user id. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
