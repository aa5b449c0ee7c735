import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SignalName } from '../../lib/cli/io.ts';
import { wantsColor } from '../../lib/cli/paint.ts';
import { createStop } from '../../lib/cli/stop.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function stage() {
  const told: string[] = [];
  const exits: number[] = [];
  let strike: (signal: SignalName) => void = () => {};
  const stop = createStop({
    err: (text) => told.push(text),
    exit: (code) => exits.push(code),
    onSignal: (listen) => {
      strike = listen;
      return () => {
        strike = () => {};
      };
    },
  });
  return { told, exits, stop, strike: (signal: SignalName) => strike(signal) };
}

const never = () => new Promise<never>(() => {});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s: what changes nothing is left at once, and the code is %i', async (signal, code) => {
  const { stop, strike, exits } = stage();
  const left = stop.orLeave(never);
  strike(signal);
  await expect(left).rejects.toMatchObject({
    code: 'stopped',
    message: `Stopped by ${signal} before anything was changed.`,
  });
  expect([stop.code(), exits]).toEqual([code, []]);
  await expect(stop.inOrder(async () => 1)).rejects.toMatchObject({ code: 'stopped' });
});

test('what stops in order is waited for, and told', async () => {
  const { stop, strike } = stage();
  const heard: (string | undefined)[] = [];
  stop.onFirst((text) => heard.push(text));
  let finish: (value: string) => void = () => {};
  const done = stop.orLeave(() =>
    stop.inOrder(
      (signal) =>
        new Promise<string>((resolve) => {
          finish = () => resolve(`stopped by ${signal.reason}`);
        }),
    ),
  );
  strike('SIGTERM');
  expect(heard).toEqual(['SIGTERM: stopping in order; once more to end at once.']);
  finish('');
  expect(await done).toBe('stopped by SIGTERM');
});

describe('the second signal', () => {
  test('ends at once, and says what is not known', () => {
    const { stop, strike, told, exits } = stage();
    stop.doing('[1/2] a.sql, statement 3/7 (line 12)');
    strike('SIGINT');
    vi.advanceTimersByTime(300);
    expect([told, exits]).toEqual([[], []]);
    strike('SIGTERM');
    expect(exits).toEqual([143]);
    expect(told.join('')).toBe(
      '\nEnded at once by another signal (SIGTERM) during: [1/2] a.sql, statement 3/7 (line 12). What became of it is not known; the server undoes what was not committed once it notices that nobody waits. Look with: registry-jobs status --history\n',
    );
  });

  test('is none when it is the first one once more: npx passes on what the terminal has sent to all', () => {
    const { strike, exits } = stage();
    strike('SIGINT');
    vi.advanceTimersByTime(100);
    strike('SIGINT');
    expect(exits).toEqual([]);
  });
});

test.each([
  ['a terminal that can', {}, true, true],
  ['one that cannot, or none', {}, false, false],
  ['NO_COLOR', { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR says nothing', { NO_COLOR: '' }, true, true],
  ['TERM=dumb', { TERM: 'dumb' }, true, false],
  ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR without a value', { FORCE_COLOR: '' }, false, true],
  ['FORCE_COLOR against the rest', { FORCE_COLOR: 'true', NO_COLOR: '1', TERM: 'dumb' }, false, true],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
  ['FORCE_COLOR=false', { FORCE_COLOR: 'false' }, true, false],
])('colours: %s', (_, env, isAble, wanted) => {
  expect(wantsColor(env, isAble)).toBe(wanted);
});
