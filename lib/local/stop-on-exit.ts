import { existsSync, rmSync } from 'node:fs';

/** A server that must not outlive this process. */
export interface Stoppable {
  stop(): Promise<void>;
  /** Ends it without waiting, when there is no time left to wait. */
  kill(): void;
}

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof NUMBERS;
const SIGNALS = Object.keys(NUMBERS) as Signal[];

const running = new Set<Stoppable>();

/** Has a server stopped when this process is told to end, and killed when it ends at once. */
export function stopOnExit(server: Stoppable): void {
  if (running.size === 0) {
    for (const signal of SIGNALS) process.on(signal, onSignal);
    process.on('exit', killAll);
  }
  running.add(server);
}

/** It has been stopped. With the last one, signals are again what they were without us. */
export function hasStopped(server: Stoppable): void {
  if (!running.delete(server) || running.size > 0) return;
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off('exit', killAll);
}

async function onSignal(signal: Signal): Promise<void> {
  // Whoever else listens decides when the process ends, and with which code: a demo, a test runner.
  const isOurs = process.listenerCount(signal) === 1;
  await Promise.allSettled([...running].map((server) => server.stop()));
  if (isOurs) process.exit(128 + NUMBERS[signal]);
}

function killAll(): void {
  for (const server of running) server.kill();
}

/**
 * Removes a folder in which a program may still be ending: it removes files by itself, and Node gives up, without a word,
 * where it does not find one.
 */
export function removeNow(folder: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      if (!existsSync(folder)) return;
    } catch {
      // Something new is in it.
    }
    Atomics.wait(clock, 0, 0, 50);
  }
}
