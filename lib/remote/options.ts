import { UsageError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';
import type { RemoteTask } from './protocol.ts';

/** What may be said to each task. Times are UTC, ISO 8601, by the clock of the server. */
export interface TaskOptions {
  readonly status: { readonly history?: number };
  readonly plan: PlanTask & { readonly detach?: HowToLeave };
  readonly up: PlanTask & {
    readonly rerun?: readonly string[];
    /** The hash of the only plan that may be run. */
    readonly plan?: string;
    /** How long to wait for the server, and for another run. */
    readonly waitMs?: number;
    readonly detach?: HowToLeave;
    readonly since?: string;
    /** Who asks, as he says it himself: for the journal. */
    readonly who?: string;
  };
  readonly watch: { readonly runId?: string; readonly from?: string };
  readonly cancel: {
    /** Whether to cancel; otherwise it is told what would be. */
    readonly apply?: boolean;
    /** Only this process, started then, as a look before has told it. */
    readonly pid?: number;
    readonly since?: string;
  };
  readonly history: { readonly limit?: number; readonly before?: string };
  readonly verify: Readonly<Record<string, never>>;
}

/** How a run leaves files to the server. */
type HowToLeave = 'never' | 'when-needed' | 'always';

interface PlanTask {
  readonly to?: string;
  readonly steps?: number;
  readonly outOfOrder?: boolean;
}

/** Says what a value has to be, where it is something else. */
type Check = (value: unknown) => string | undefined;

/** The largest that a page of the history may be, and how many attempts `status` tells. */
export const MOST_ATTEMPTS = 1_000;

const detach = matching(/^(never|when-needed|always)$/, 'never, when-needed or always');
const plan = { to: text(200), steps: number(1, 1_000_000), outOfOrder: flag };
const moment = matching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?Z?$/, 'a time in UTC');

const CHECKS: { readonly [T in RemoteTask]: { readonly [K in keyof TaskOptions[T]]-?: Check } } = {
  status: { history: number(1, MOST_ATTEMPTS) },
  plan: { ...plan, detach },
  up: {
    ...plan,
    rerun: texts(1_000, 200),
    plan: matching(/^[0-9a-f]{16}$/, 'the hash of a plan'),
    waitMs: number(0, 15 * 60_000),
    detach,
    since: moment,
    who: text(200),
  },
  watch: { runId: matching(/^[0-9a-f-]{36}$/, 'the id of a run'), from: moment },
  cancel: { apply: flag, pid: number(1, 2 ** 31), since: moment },
  history: { limit: number(1, MOST_ATTEMPTS), before: text(100) },
  verify: {},
};

/**
 * Reads the options of a task as they came over the network. Whatever is not known by name is refused. Pure.
 *
 * @throws UsageError `bad-task-options`, which names each fault
 */
export function parseTaskOptions<T extends RemoteTask>(task: T, options: unknown): TaskOptions[T] {
  if (options === undefined || options === null) return {} as TaskOptions[T];
  if (typeof options !== 'object' || Array.isArray(options)) throw refuse(task, ['they are no object']);
  const checks: Readonly<Record<string, Check>> = CHECKS[task];
  const faults = Object.entries(options).flatMap(([name, value]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) return [unknown(name, Object.keys(checks))];
    const wanted = check(value);
    return wanted === undefined ? [] : [`${name} has to be ${wanted}`];
  });
  if (faults.length > 0) throw refuse(task, faults);
  return options as TaskOptions[T];
}

function unknown(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `there is no ${JSON.stringify(name.slice(0, 40))}${meant ? ` (did you mean ${meant}?)` : ''}`;
}

function refuse(task: RemoteTask, faults: readonly string[]): UsageError {
  const shown = faults.slice(0, 5).join('; ');
  const known = Object.keys(CHECKS[task]).join(', ');
  return new UsageError('bad-task-options', `The function refuses options of ${task}: ${shown}.`, {
    hint: `Nothing was done. ${known === '' ? `${task} takes none` : `${task} takes ${known}`}; a function that was deployed earlier may know fewer.`,
  });
}

function number(least: number, most: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a whole number from ${least} to ${most}`;
}

function text(most: number): Check {
  return (value) => (isText(value, most) ? undefined : `a text of at most ${most} characters`);
}

function texts(most: number, length: number): Check {
  return (value) =>
    Array.isArray(value) && value.length <= most && value.every((one) => isText(one, length))
      ? undefined
      : `a list of at most ${most} texts`;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most;
}

function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'true or false';
}

function matching(pattern: RegExp, what: string): Check {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : what);
}
