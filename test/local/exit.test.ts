import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { compileCache } from '../support/compile-cache.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const module = pathToFileURL(path.join(root, 'lib/local/embedded-postgres.ts')).href;

const groups: ChildProcess[] = [];
afterAll(() => {
  for (const { pid } of groups) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing of it is left, as it should be.
    }
  }
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown[]>;
  readonly temporary: string;
}

/** In a process group of its own, as a terminal gives it to a command. */
function start(...args: string[]): Run {
  const temporary = path.join(temporaryFolder(), 'tmp');
  mkdirSync(temporary);
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...compileCache, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  groups.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return { child, output: () => output, ended: once(child, 'close'), temporary };
}

function script(text: string): Run {
  const code = `
    const { startEmbeddedPostgres } = await import('${module}');
    const server = await startEmbeddedPostgres();
    ${text}`;
  return start('--input-type=module', '--eval', code);
}

async function until(run: Run, text: string): Promise<void> {
  await vi.waitFor(() => expect(run.output()).toContain(text), { timeout: 30_000, interval: 10 });
}

function dataIn({ temporary }: Run): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('registry-jobs-'));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Not yet collected by whoever adopted it.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function serverPid(run: Run): number {
  const [name = ''] = dataIn(run);
  return Number(readFileSync(path.join(run.temporary, name, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
}

// At once: each has processes and a folder of its own, and much of the time is spent waiting.
describe.concurrent('a server does not outlive its process', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s stops a server and ends its process: nothing runs, nothing is left',
    async (signal, code) => {
      const run = script(`console.log('ready'); setInterval(() => {}, 1000);`);
      await until(run, 'ready');
      const pid = serverPid(run);
      expect(isRunning(pid)).toBe(true);
      run.child.kill(signal);
      expect(await run.ended).toEqual([code, null]);
      expect([isRunning(pid), dataIn(run), run.output()]).toEqual([false, [], 'ready\n']);
    },
  );

  test.each(['SIGINT', 'SIGTERM'] as const)('%s while the data is made leaves none of it', async (signal) => {
    const run = script(`console.log('ready');`);
    const hasData = () =>
      dataIn(run).some((name) =>
        readdirSync(path.join(run.temporary, name)).some((each) => /^new-/.test(each)),
      );
    await vi.waitFor(() => expect(hasData()).toBe(true), { timeout: 30_000, interval: 5 });
    run.child.kill(signal);
    expect((await run.ended)[0]).toBeGreaterThan(128);
    expect([dataIn(run), run.output()]).toEqual([[], '']);
  });

  test.runIf(process.platform !== 'win32')('a process that is killed takes its server with it', async () => {
    const run = script(`console.log('ready'); setInterval(() => {}, 1000);`);
    await until(run, 'ready');
    const pid = serverPid(run);
    expect(isRunning(pid)).toBe(true);
    run.child.kill('SIGKILL');
    expect((await run.ended)[1]).toBe('SIGKILL');
    await vi.waitFor(() => expect([isRunning(pid), dataIn(run)]).toEqual([false, []]), { timeout: 20_000 });
  });

  test.each([
    ['process.exit(3)', 3],
    ["throw new Error('out of the blue')", 1],
  ])('%s does not leave a server behind', async (statement, code) => {
    const run = script(`console.log('ready'); setTimeout(() => { ${statement} }, 300);`);
    await until(run, 'ready');
    const pid = serverPid(run);
    expect(await run.ended).toEqual([code, null]);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });
    expect(dataIn(run)).toEqual([]);
  });

  test('a server that ended by itself can be stopped, and its data goes', async () => {
    const run = script(
      `console.log('ready'); setTimeout(async () => { await server.stop(); await server.stop(); console.log('stopped'); }, 500);`,
    );
    await until(run, 'ready');
    process.kill(serverPid(run), 'SIGQUIT');
    expect(await run.ended).toEqual([0, null]);
    expect([run.output(), dataIn(run)]).toEqual(['ready\nstopped\n', []]);
  });

  // At any moment: while the data is made, while the server starts, while migrations run.
  test.each([250, 500, 900, 1_400, 2_000, 3_000])(
    'Ctrl-C %i ms after the demo began: nothing is said, runs or is left',
    async (delay) => {
      const run = start('bin/demo.ts', '--keep');
      await sleep(delay);
      // A terminal tells all of the group.
      if (run.child.pid) process.kill(-run.child.pid, 'SIGINT');
      const [code, signal] = await run.ended;
      // Before our first line has run, Node itself ends; afterwards the demo does.
      expect(code === 130 || signal === 'SIGINT' || run.output().includes('until Ctrl-C')).toBe(true);
      expect(run.output()).not.toMatch(/error|at async|ECONN/i);
      expect(() => process.kill(-(run.child.pid ?? 0), 0)).toThrow('ESRCH');
      expect(dataIn(run).flatMap((name) => readdirSync(path.join(run.temporary, name)))).toEqual(
        run.output().includes('report.html') ? ['report.html'] : [],
      );
    },
    60_000,
  );
});
