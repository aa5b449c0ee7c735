import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgress, type ProgressOptions } from '../../lib/cli/progress.ts';
import { showMigrations } from '../../lib/cli/show-events.ts';

const CLEAR = '\r\u001B[2K';
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is written where, in order. */
async function stage(columns: (() => number) | undefined, options: ProgressOptions = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    ...(columns && { columns }),
    ...{ isTerminal: true, hasColor: false, env: {}, folder: '.', who: '' },
    ask: async () => '',
  };
  return { out, err, progress: await createProgress(io, options) };
}

const lines = (err: readonly string[]) =>
  err.filter((text) => text !== CLEAR).map((text) => text.replace(CLEAR, ''));

describe('on a terminal', () => {
  test('one line, drawn four times a second at the most, however often it changes', async () => {
    const { err, progress } = await stage(() => 80);
    for (let ms = 0; ms < 10_000; ms += 20) {
      progress.step('[1/1] a.sql', `, statement ${ms}`);
      vi.advanceTimersByTime(20);
    }
    expect(err.length).toBeGreaterThan(30);
    expect(err.length).toBeLessThanOrEqual(41);
    expect(err.every((text) => text.startsWith(CLEAR) && !text.includes('\n'))).toBe(true);
    progress.end();
    expect(err.at(-1)).toBe(CLEAR);
    const { length } = err;
    vi.advanceTimersByTime(5_000);
    expect(err).toHaveLength(length);
  });

  test('the time counts from the beginning of the step, whatever becomes of its detail', async () => {
    const { err, progress } = await stage(() => 80);
    progress.step('[1/2] a.sql');
    vi.advanceTimersByTime(5_000);
    progress.step('[1/2] a.sql', ', statement 2/3');
    vi.advanceTimersByTime(2_000);
    expect(lines(err).at(-1)).toBe('[1/2] a.sql, statement 2/3  2.0 s of 7.0 s');
    // Told again, as whoever waits is.
    progress.step('[1/2] a.sql', ', statement 2/3');
    vi.advanceTimersByTime(1_000);
    expect(lines(err).at(-1)).toBe('[1/2] a.sql, statement 2/3  3.0 s of 8.0 s');
    progress.step('[2/2] b.sql');
    vi.advanceTimersByTime(1_000);
    expect(lines(err).at(-1)).toBe('[2/2] b.sql  1.0 s');
  });

  test('a wait for another run goes on although who is in the way is told anew', async () => {
    const { err, progress } = await stage(() => 80);
    const show = showMigrations(progress);
    const blocker = { pid: 7, user: 'me', application: '', query: '' };
    for (let times = 0; times < 3; times++) {
      show({ type: 'waiting-for-lock', blockers: [{ ...blocker, ageSeconds: times, ageOf: 'session' }] });
      vi.advanceTimersByTime(60_000);
    }
    expect(lines(err).at(-1)).toMatch(/^Waiting for another run: pid 7 \(me\), .*1 min 00 s of 3 min 00 s$/);
  });

  test('it is cut to the width that the terminal has at the moment', async () => {
    let columns = 80;
    const { err, progress } = await stage(() => columns);
    progress.step('x'.repeat(300));
    expect(lines(err).at(-1)).toHaveLength(79);
    columns = 30;
    vi.advanceTimersByTime(250);
    expect(lines(err).at(-1)).toHaveLength(29);
  });

  test('what stays on record is written over it, and it comes back under that', async () => {
    const { out, err, progress } = await stage(() => 80);
    progress.step('[1/1] a.sql');
    progress.note('a note');
    progress.note('another');
    progress.result('Applied a.sql');
    expect(lines(err).slice(1)).toEqual(['a note\n', 'another\n']);
    // Cleared once: nothing was drawn between.
    expect(err.filter((text) => text === CLEAR)).toHaveLength(1);
    expect(out).toEqual(['Applied a.sql\n']);
    vi.advanceTimersByTime(250);
    expect(lines(err).at(-1)).toBe('[1/1] a.sql  250 ms');
  });

  test('a secret is masked before it is cut, so that no half of it is left', async () => {
    const mask = (text: string) => text.replaceAll('s3cret-password', '***');
    const { err, progress } = await stage(() => 30, { mask });
    progress.step('waits for: s3cret-password');
    expect(err.join()).not.toContain('s3c');
  });

  test('controls are shown, not obeyed', async () => {
    const { err, progress } = await stage(() => 80);
    progress.step('a\u001B[31m\nb', ', c\rd');
    expect(lines(err).at(-1)).toBe('a␛[31m b, c␍d  0.0 ms');
  });
});

describe('elsewhere', () => {
  test('a line for each step, and for one that goes on at growing intervals', async () => {
    const { err, progress } = await stage(undefined);
    progress.step('[1/1] a.sql');
    for (let minute = 0; minute < 60; minute++) {
      for (let times = 0; times < 100; times++) progress.step('[1/1] a.sql', `, statement ${minute}/60`);
      vi.advanceTimersByTime(60_000);
    }
    progress.end();
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(err).toEqual([
      '[1/1] a.sql\n',
      '[1/1] a.sql, statement 0/60  (30.0 s so far)\n',
      '[1/1] a.sql, statement 1/60  (1 min 30 s so far)\n',
      '[1/1] a.sql, statement 3/60  (3 min 30 s so far)\n',
      '[1/1] a.sql, statement 7/60  (7 min 30 s so far)\n',
      '[1/1] a.sql, statement 15/60  (15 min 30 s so far)\n',
      '[1/1] a.sql, statement 31/60  (31 min 30 s so far)\n',
    ]);
  });

  test('nothing beside a JSON document', async () => {
    const { out, err, progress } = await stage(undefined, { isJson: true });
    progress.step('[1/1] a.sql');
    progress.note('a note');
    progress.result('Applied a.sql');
    vi.advanceTimersByTime(3_600_000);
    progress.end();
    expect([out, err]).toEqual([[], []]);
  });
});

test('what was applied is a part of the result as soon as it is true', async () => {
  const { out, progress } = await stage(undefined);
  const show = showMigrations(progress);
  const applied = { type: 'migration-applied', statements: 2, durationMs: 1_500 } as const;
  show({ type: 'warned', code: 'gap', message: 'Mind the gap.' });
  show({ ...applied, file: 'a.sql', direction: 'up', attempts: 1 });
  show({ ...applied, file: 'a.down.sql', direction: 'down', attempts: 3 });
  expect(out).toEqual([
    'Warning: Mind the gap.\n',
    'Applied a.sql in 1.5 s (2 statements)\n',
    'Undone  a.down.sql in 1.5 s (2 statements, 3 attempts)\n',
  ]);
});
