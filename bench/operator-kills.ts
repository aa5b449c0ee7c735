/**
 * Kills `registry-jobs operators create` at moments spread over its whole run, and prints what was there afterwards: the old file, or the new
 * one. Exit code 1: something else.
 *
 *   node bench/operator-kills.ts [rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { killCreates } from '../test/support/operator-kills.ts';

const rounds = Number(process.argv[2] ?? 200);
const say = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
const folder = mkdtempSync(path.join(tmpdir(), 'registry-jobs-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { old, whole, ended, parts } = await killCreates(folder, rounds, { say });
console.log(
  `${rounds} runs killed: ${old} left what was there, ${whole} the new file, whole; ${ended} of these had ended before.`,
);
console.log(`${parts} looks found a part of a killed run; the next run removed it.`);
