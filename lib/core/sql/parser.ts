import { setFlagsFromString } from 'node:v8';
import { loadModule } from 'libpg-query';

let loaded: Promise<void> | undefined;

/**
 * Loads Postgres' parser, once.
 *
 * V8 would begin to optimise one enormous function of it as soon as it is called, on a thread that keeps the
 * process from ending: 300 ms and 500 MB for every command, to parse a few files faster. It is told not to.
 */
export function loadParser(): Promise<void> {
  if (!loaded) {
    setFlagsFromString('--no-wasm-tier-up');
    setFlagsFromString('--no-wasm-dynamic-tiering');
    loaded = loadModule();
  }
  return loaded;
}
