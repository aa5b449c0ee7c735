import { formatDuration } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import type { Io } from './io.ts';
import type { liveLine as LiveLine } from './live-line.ts';
import { paint } from './paint.ts';

/** Shows what is going on: one line that is redrawn on a terminal, few lines elsewhere. */
export interface Progress {
  /**
   * What is going on now. Its time counts from its beginning, whatever becomes of the `detail`, which only shows on a terminal: it changes
   * too often for a log, unless it `isTold`.
   */
  step(text: string, detail?: string, more?: StepOptions): void;
  /** Something that stays on record. */
  note(text: string): void;
  /** A part of the result that is true already. Nothing where the result is one JSON document. */
  result(text: string): void;
  /** Removes the live line. */
  end(): void;
}

export interface StepOptions {
  /** The detail goes on record as well. @default false */
  readonly isTold?: boolean;
  /** How long it has been going on already, in milliseconds. @default 0 */
  readonly agoMs?: number;
  /** The same of the detail. @default since this call, where it is another one */
  readonly detailAgoMs?: number;
}

export interface ProgressOptions {
  /** The result is JSON: nothing but it is written to standard output, and no plain line of progress. @default false */
  readonly isJson?: boolean;
  /** Masks secrets, which must be whole for that: before a line is cut. @default nothing is masked */
  readonly mask?: (text: string) => string;
  /** Hears of each step. */
  readonly onStep?: (text: string) => void;
}

/** Four times a second at the most. */
const REDRAW_MS = 250;
const CLEAR_LINE = '\r\u001B[2K';

/** When a step that goes on is told once more in a log, in milliseconds after its beginning; then at each further double. */
const STILL_MS = 30_000;

/** What measures texts takes longer to load than the rest together, and only a terminal asks for it. */
export async function createProgress(io: Io, options: ProgressOptions = {}): Promise<Progress> {
  const { columns } = io;
  if (columns?.() === undefined) return plain(io, options);
  const { liveLine } = await import('./live-line.ts');
  return live(io, columns, options, liveLine);
}

interface Step {
  readonly text: string;
  readonly since: number;
  readonly detail: string;
  readonly detailSince: number;
}

/** The step that follows another one. */
function follow(
  before: Step | undefined,
  text: string,
  detail = '',
  { agoMs = 0, detailAgoMs }: StepOptions = {},
): Step {
  const now = performance.now();
  if (detailAgoMs !== undefined) return { text, since: now - agoMs, detail, detailSince: now - detailAgoMs };
  const since = now - agoMs;
  if (before?.text !== text) return { text, since, detail, detailSince: since };
  return before.detail === detail ? before : { ...before, detail, detailSince: now };
}

function plain(io: Io, { isJson = false, onStep, ...options }: ProgressOptions): Progress {
  let step: Step | undefined;
  let timer: NodeJS.Timeout | undefined;
  const say = (text: string) => {
    if (!isJson) io.err(`${visible(text)}\n`);
  };
  const tellAgain = (afterMs: number) => {
    timer = setTimeout(() => {
      if (!step) return;
      say(`${step.text}${step.detail}  (${formatDuration(performance.now() - step.since)} so far)`);
      tellAgain(2 * afterMs);
    }, afterMs);
  };
  return {
    step: (text, detail, more = {}) => {
      const { isTold = false } = more;
      const next = follow(step, text, detail, more);
      if (isTold || next.text !== step?.text) {
        say(isTold ? text + next.detail : text);
        clearTimeout(timer);
        tellAgain(STILL_MS);
      }
      step = next;
      onStep?.(text + next.detail);
    },
    note: say,
    result: resultTo(io, isJson, options.mask),
    end: () => {
      clearTimeout(timer);
      step = undefined;
    },
  };
}

function live(
  io: Io,
  columns: () => number | undefined,
  options: ProgressOptions,
  liveLine: typeof LiveLine,
): Progress {
  const { isJson = false, mask = (text) => text, onStep } = options;
  const draw = io.draw ?? io.err;
  const tell = resultTo(io, isJson, mask);
  let step: Step | undefined;
  let timer: NodeJS.Timeout | undefined;
  let drawnAt = -Infinity;
  let isDrawn = false;
  const redraw = () => {
    const now = performance.now();
    // A timer may be a millisecond early.
    if (!step || now - drawnAt < REDRAW_MS - 1) return;
    const { text, detail, since, detailSince } = step;
    const whole = formatDuration(now - since);
    // How long its last part has taken, and all of it.
    const elapsed = detailSince - since > 1_000 ? `${formatDuration(now - detailSince)} of ${whole}` : whole;
    drawnAt = now;
    isDrawn = true;
    const shown = { text: oneRow(mask(text)), detail: oneRow(mask(detail)), elapsed };
    draw(`${CLEAR_LINE}${liveLine(shown, columns() ?? 80)}`);
  };
  const clear = () => {
    if (isDrawn) draw(CLEAR_LINE);
    isDrawn = false;
  };
  return {
    step: (text, detail, more) => {
      step = follow(step, text, detail, more);
      onStep?.(text + step.detail);
      timer ??= setInterval(redraw, REDRAW_MS);
      redraw();
    },
    note: (text) => {
      clear();
      io.err(`${visible(text)}\n`);
    },
    result: (text) => {
      if (!isJson) clear();
      tell(text);
    },
    end: () => {
      clearInterval(timer);
      timer = undefined;
      step = undefined;
      clear();
    },
  };
}

/** What would end the row, or jump in it, becomes a blank. */
function oneRow(text: string): string {
  return visible(text).replace(/[\n\t]/g, ' ');
}

function resultTo(io: Io, isJson: boolean, mask = (text: string) => text): (text: string) => void {
  return (text) => {
    if (!isJson) io.out(`${paint(mask(visible(text)), io.hasColor)}\n`);
  };
}
