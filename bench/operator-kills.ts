/**
 * Kills `registry-jobs operators create`, `registry-jobs up` on the SQLite file of a registry, and what changes or exports one, at moments
 * spread over the whole run, and prints what was there afterwards: the old file or the new one, and of `up` every version between, whole.
 * Exit code 1: something else.
 *
 *   node bench/operator-kills.ts [rounds]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHANGES, killChanges } from '../test/support/operator-change-kills.ts';
import { killCreates } from '../test/support/operator-kills.ts';
import { killUps } from '../test/support/operator-up-kills.ts';

const rounds = Number(process.argv[2] ?? 200);
const say = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
const folder = mkdtempSync(path.join(tmpdir(), 'registry-jobs-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const own = (name: string) => {
  mkdirSync(path.join(folder, name));
  return path.join(folder, name);
};

const { old, whole, ended, parts } = await killCreates(own('create'), rounds, { say });
console.log(
  `create: ${rounds} runs killed: ${old} left what was there, ${whole} the new file, whole; ${ended} of these had ended before.`,
);
console.log(`${parts} looks found a part of a killed run; the next run removed it.`);

const ups = await killUps(own('up'), rounds, { say });
console.log(
  `up: ${rounds} runs killed: ${ups.old} left the version that was there, ${ups.newest} the newest, ${ups.between} one between, each with all of its rows and no others; ${ups.ended} had ended before.`,
);

for (const change of CHANGES) {
  const killed = await killChanges(own(change.replaceAll(' ', '-')), change, rounds, { say });
  console.log(
    `${change}: ${rounds} runs killed: ${killed.old} left all as it was, ${killed.whole} all done; ${killed.ended} of these had ended before. ${killed.parts} left something beside the file, which went with the next run, or with the next look.`,
  );
}
