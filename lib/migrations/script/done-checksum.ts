import { createHash } from 'node:crypto';
import { type Script, statementText } from './statement.ts';

/** {@link doneChecksum} of a growing number of statements: each is hashed once, however many come after it. */
export interface RunningChecksum {
  add(index: number): void;
  value(): string;
}

/** Starts with the first statements of a script. */
export function runningChecksum(script: Script, done: number): RunningChecksum {
  const hash = createHash('sha256');
  const add = (index: number) => {
    const statement = script.statements[index];
    if (statement) hash.update(`${statementText(script, statement)};`);
  };
  for (let index = 0; index < done; index++) add(index);
  return { add, value: () => hash.copy().digest('hex') };
}

/** SHA-256 of the text of the first statements of a script, in hexadecimal. */
export function doneChecksum(script: Script, done: number): string {
  return runningChecksum(script, done).value();
}
