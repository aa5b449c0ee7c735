/**
 * A runner to be killed: a process of its own that does what it is given on stdin, and says on stdout, before it
 * does anything else, what was applied. See chaos-runner.ts for the other end.
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { text } from 'node:stream/consumers';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { toErrorReport } from '../../lib/errors/error.ts';
import { perform } from './chaos-command.ts';
import type { KillPoint, RunnerJob, RunnerWord } from './chaos-runner.ts';

/** Synchronously: a word that was said is not lost with the process. */
function say(word: RunnerWord): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function dieAt(point: KillPoint): (event: MigrationEvent) => void {
  return (event) => {
    if (!('file' in event) || event.file !== point.file) return;
    if (point.when === 'applied' && event.type === 'migration-applied') die();
    if (event.type !== 'statement-started') return;
    // The first statement is announced before its flight is sent, at the end of the same turn.
    if (point.when === 'sent' && event.index === 1) setImmediate(die);
    if (point.when !== 'statement' || event.index !== point.statement) return;
    if (point.afterMs === undefined) die();
    else setTimeout(die, point.afterMs);
  };
}

async function run({ command, compiled, settings, killAt }: RunnerJob): Promise<void> {
  const strike = killAt && dieAt(killAt);
  const onEvent = (event: MigrationEvent) => {
    if (event.type === 'waiting-for-lock') say({ type: 'waiting' });
    if (event.type === 'migration-started') say({ type: 'started', file: event.file });
    if (event.type === 'migration-applied') say({ type: 'applied', file: event.file });
    strike?.(event);
  };
  try {
    say({ type: 'report', report: await perform(command, compiled, settings, { onEvent }) });
  } catch (error) {
    say({ type: 'error', error: toErrorReport(error) });
  }
}

// Most runners are killed, and would leave nothing compiled for the next.
flushCompileCache();
say({ type: 'ready' });
const job = JSON.parse(await text(process.stdin)) as RunnerJob;
await Promise.all(Array.from({ length: job.runners }, () => run(job)));
