import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * For the environment of a program of ours that tests start many times: Node keeps what it compiled of it where it would by itself,
 * unless it is told otherwise, and the next start takes a third of the time.
 */
export const compileCache = {
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(tmpdir(), 'node-compile-cache'),
} as const;
