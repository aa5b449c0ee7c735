import { expect, test } from 'vitest';
import type { OlderReport, TargetReport } from '../../lib/plan/plan.ts';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import type { AppliedReport, FailedReport } from '../../lib/reports/outcome.ts';

type Direction = 'up' | 'down';

/** A run, as short as it can be said: what succeeded, what failed, how many were left. */
interface Run {
  readonly command: MigrationReport['command'];
  readonly target?: TargetReport;
  /** The directions of what succeeded, in order. */
  readonly did?: readonly Direction[];
  readonly already?: number;
  readonly failed?: { readonly direction: Direction } & Pick<
    FailedReport,
    'outcome' | 'done' | 'uncertain' | 'alsoUnknown' | 'resumeRefused'
  >;
  readonly notRun?: number;
  readonly older?: OlderReport;
  /** Everything after the lines of what succeeded. */
  readonly says: string;
}

const DB = 'registry on db.example.org as u';
const ERROR = 'broken [statement-failed]';
const LOOK = (statement: number) =>
  `Look in the database for what statement ${statement} does, and finish or undo by hand what is there in part.\nIf it is not there: registry-jobs resume --from ${statement}
If it is: registry-jobs resume --from ${statement + 1}`;

const lost = (direction: Direction) => ({ direction, outcome: 'unknown' }) as const;
const undone = (direction: Direction) => ({ direction, outcome: 'rolled-back' }) as const;
const late = (direction: Direction) => ({ direction, outcome: 'not-started' }) as const;
const half = (direction: Direction, done: number, uncertain?: number) =>
  ({ direction, outcome: 'half-done', done, ...(uncertain !== undefined && { uncertain }) }) as const;
const refused = (direction: Direction, done: number, hint?: string) =>
  ({
    direction,
    outcome: 'half-done',
    done,
    resumeRefused: { code: 'half-done', message: 'It cannot go on by itself.', ...(hint && { hint }) },
  }) as const;
const older = (pending: readonly string[]): OlderReport => ({
  message: 'This bundle is older.',
  pending,
  recordedAt: '2026-11-21T09:00:00Z',
  who: 'u',
});

const heading = {
  'rolled-back': 'Failed  f.sql after 2.0 s',
  'half-done': 'Failed  f.sql after 2.0 s',
  unknown: 'Unknown f.sql after 2.0 s',
  'not-started': 'Not run f.sql',
};

const runs: readonly Run[] = [
  {
    command: 'up',
    did: ['up'],
    failed: { ...lost('up'), alsoUnknown: ['a'] },
    notRun: 1,
    says: 'State: 1 migration before it was applied and stays; whether it was applied is not known; 1 migration after it was sent with it, and may be applied.\nLook with: registry-jobs status',
  },
  {
    command: 'up',
    failed: { ...lost('up'), alsoUnknown: ['a', 'b'] },
    notRun: 3,
    says: 'State: whether it was applied is not known; 2 migrations after it were sent with it, and may be applied; 1 after those was not run.\nLook with: registry-jobs status',
  },
  {
    command: 'down',
    failed: { ...lost('down'), alsoUnknown: ['a'] },
    notRun: 3,
    says: 'State: whether it was undone is not known; 1 more was sent with it, and may be undone; 2 after that were not undone.\nLook with: registry-jobs status',
  },
  {
    command: 'redo',
    failed: { ...lost('down'), alsoUnknown: ['a'] },
    notRun: 1,
    says: 'State: whether it was undone is not known; whether it was applied again is not known either.\nLook with: registry-jobs status',
  },
  // up
  { command: 'up', did: ['up'], says: `1 migration applied to ${DB} in 3.0 s.` },
  { command: 'up', did: ['up', 'up'], says: `2 migrations applied to ${DB} in 3.0 s.` },
  {
    command: 'up',
    did: ['up', 'up'],
    target: { to: '002_b', pendingAfter: 1 },
    says: `2 migrations applied to ${DB} in 3.0 s. 1 migration after 002_b is pending.`,
  },
  {
    command: 'up',
    did: ['up'],
    target: { to: '003_c', pendingAfter: 0 },
    says: `1 migration applied to ${DB} in 3.0 s. No migration after 003_c is pending.`,
  },
  {
    command: 'up',
    did: ['up', 'up'],
    target: { steps: 2, pendingAfter: 3 },
    says: `2 migrations applied to ${DB} in 3.0 s. 3 migrations are pending after that.`,
  },
  {
    command: 'up',
    did: ['up'],
    target: { steps: 2, pendingAfter: 0 },
    says: `1 migration applied to ${DB} in 3.0 s. No migration is pending after that.`,
  },
  { command: 'up', already: 3, says: `Nothing to do: ${DB} has all 3 migrations (3.0 s).` },
  { command: 'up', already: 1, says: `Nothing to do: ${DB} has the 1 migration (3.0 s).` },
  { command: 'up', already: 0, says: `Nothing to do: no migration is pending in ${DB} (3.0 s).` },
  {
    command: 'up',
    already: 2,
    target: { to: '002_b', pendingAfter: 3 },
    says: `Nothing to do: ${DB} has every migration up to 002_b (3.0 s). 3 migrations after 002_b are pending.`,
  },
  {
    command: 'up',
    already: 5,
    target: { to: '002_b', pendingAfter: 0 },
    says: `Nothing to do: ${DB} has every migration up to 002_b (3.0 s). No migration after 002_b is pending.`,
  },
  { command: 'up', failed: undone('up'), says: 'State: nothing was applied.' },
  {
    command: 'up',
    failed: undone('up'),
    notRun: 1,
    says: 'State: nothing was applied; 1 migration after it was not run.',
  },
  {
    command: 'up',
    did: ['up'],
    failed: undone('up'),
    says: 'State: 1 migration before it was applied and stays.',
  },
  {
    command: 'up',
    did: ['up', 'up'],
    failed: undone('up'),
    notRun: 2,
    target: { to: '005_e', pendingAfter: 4 },
    says: 'State: 2 migrations before it were applied and stay; 2 migrations after it were not run.',
  },
  {
    command: 'up',
    failed: half('up', 0),
    says: 'State: none of its statements was done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'up',
    failed: half('up', 1),
    notRun: 1,
    says: 'State: its first statement stays done; 1 migration after it was not run.\nGo on with: registry-jobs resume',
  },
  {
    command: 'up',
    did: ['up'],
    failed: half('up', 3),
    says: 'State: 1 migration before it was applied and stays; its first 3 statements stay done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'up',
    failed: half('up', 0, 1),
    says: `State: statement 1 may be done, or part of it.\n${LOOK(1)}`,
  },
  {
    command: 'up',
    did: ['up'],
    failed: half('up', 1, 2),
    notRun: 2,
    says: `State: 1 migration before it was applied and stays; its first statement stays done; statement 2 may be done, or part of it; 2 migrations after it were not run.\n${LOOK(2)}`,
  },
  {
    command: 'up',
    failed: { direction: 'up', outcome: 'half-done' },
    says: 'State: some of its statements may be done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'up',
    failed: lost('up'),
    says: 'State: whether it was applied is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'up',
    did: ['up'],
    failed: lost('up'),
    notRun: 1,
    says: 'State: 1 migration before it was applied and stays; whether it was applied is not known; 1 migration after it was not run.\nLook with: registry-jobs status',
  },
  { command: 'up', failed: late('up'), says: 'State: nothing was applied.' },
  {
    command: 'up',
    did: ['up'],
    failed: late('up'),
    notRun: 1,
    says: 'State: 1 migration before it was applied and stays; 1 migration after it was not run.',
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    failed: undone('up'),
    notRun: 1,
    says: 'State: nothing was applied; 1 migration after it was not run.',
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    failed: half('up', 2),
    says: 'State: its first 2 statements stay done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    did: ['up'],
    failed: half('up', 1, 2),
    says: `State: 1 migration before it was applied and stays; its first statement stays done; statement 2 may be done, or part of it.\n${LOOK(2)}`,
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    failed: lost('up'),
    says: 'State: whether it was applied is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    failed: late('up'),
    says: 'State: nothing was applied.',
  },
  {
    command: 'up',
    failed: refused('up', 2, 'Finish it by hand, then: registry-jobs force 005_e'),
    notRun: 1,
    says: 'State: its first 2 statements stay done; 1 migration after it was not run.\nIt cannot go on by itself.\nFinish it by hand, then: registry-jobs force 005_e',
  },
  {
    command: 'up',
    target: { to: '005_e', pendingAfter: 1 },
    did: ['up'],
    failed: refused('up', 0),
    says: 'State: 1 migration before it was applied and stays; none of its statements was done.\nIt cannot go on by itself.',
  },
  {
    command: 'up',
    already: 2,
    older: older([]),
    says: `This bundle is older. Nothing was changed in ${DB} (3.0 s). To run them all the same: registry-jobs up`,
  },
  {
    command: 'up',
    already: 2,
    older: older(['002_b']),
    says: `This bundle is older. 002_b of these is not applied. Nothing was changed in ${DB} (3.0 s). To run them all the same: registry-jobs up`,
  },
  {
    command: 'up',
    already: 2,
    older: older(['002_b', '003_c']),
    says: `This bundle is older. 002_b and 003_c of these are not applied. Nothing was changed in ${DB} (3.0 s). To run them all the same: registry-jobs up`,
  },

  // down
  { command: 'down', did: ['down'], target: { steps: 1 }, says: `1 migration undone in ${DB} in 3.0 s.` },
  {
    command: 'down',
    did: ['down', 'down'],
    target: { steps: 5 },
    says: `2 migrations undone in ${DB} in 3.0 s. No other file with a number is applied.`,
  },
  {
    command: 'down',
    did: ['down', 'down'],
    target: { to: '2' },
    says: `2 migrations undone in ${DB} in 3.0 s.`,
  },
  {
    command: 'down',
    already: 2,
    target: { to: '2' },
    says: `Nothing to do: none of the files after 2 is applied in ${DB} (3.0 s).`,
  },
  {
    command: 'down',
    target: { to: '0', all: true },
    says: `Nothing to do: none of the files with a number is applied in ${DB} (3.0 s).`,
  },
  {
    command: 'down',
    target: { steps: 1 },
    says: `Nothing to do: none of the files with a number is applied in ${DB} (3.0 s).`,
  },
  { command: 'down', failed: undone('down'), target: { steps: 1 }, says: 'State: nothing was undone.' },
  {
    command: 'down',
    did: ['down'],
    failed: undone('down'),
    target: { steps: 2 },
    says: 'State: 1 migration before it was undone and stays undone.\nGo on with: registry-jobs down --steps 1',
  },
  {
    command: 'down',
    did: ['down'],
    failed: late('down'),
    notRun: 2,
    target: { steps: 4 },
    says: 'State: 1 migration before it was undone and stays undone; 2 more were not undone.\nGo on with: registry-jobs down --steps 3',
  },
  {
    command: 'down',
    did: ['down', 'down'],
    failed: undone('down'),
    notRun: 1,
    target: { to: '0', all: true },
    says: 'State: 2 migrations before it were undone and stay undone; 1 more was not undone.',
  },
  {
    command: 'down',
    failed: undone('down'),
    notRun: 2,
    target: { to: '1' },
    says: 'State: nothing was undone; 2 more were not undone.',
  },
  {
    command: 'down',
    failed: half('down', 0),
    says: 'State: none of its statements was done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'down',
    failed: half('down', 1),
    notRun: 1,
    says: 'State: its first statement stays done; 1 more was not undone.\nGo on with: registry-jobs resume',
  },
  {
    command: 'down',
    did: ['down'],
    failed: half('down', 2, 3),
    says: `State: 1 migration before it was undone and stays undone; its first 2 statements stay done; statement 3 may be done, or part of it.\n${LOOK(3)}`,
  },
  {
    command: 'down',
    failed: lost('down'),
    notRun: 1,
    says: 'State: whether it was undone is not known; 1 more was not undone.\nLook with: registry-jobs status',
  },
  {
    command: 'down',
    did: ['down'],
    failed: late('down'),
    says: 'State: 1 migration before it was undone and stays undone.',
  },
  { command: 'down', failed: late('down'), says: 'State: nothing was undone.' },
  {
    command: 'down',
    target: { to: '1' },
    failed: half('down', 1),
    notRun: 1,
    says: 'State: its first statement stays done; 1 more was not undone.\nGo on with: registry-jobs resume',
  },
  {
    command: 'down',
    target: { to: '1' },
    did: ['down'],
    failed: half('down', 0, 1),
    says: `State: 1 migration before it was undone and stays undone; statement 1 may be done, or part of it.\n${LOOK(1)}`,
  },
  {
    command: 'down',
    target: { to: '1' },
    failed: lost('down'),
    says: 'State: whether it was undone is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'down',
    target: { to: '1' },
    failed: late('down'),
    notRun: 1,
    says: 'State: nothing was undone; 1 more was not undone.',
  },
  {
    command: 'down',
    target: { steps: 2 },
    did: ['down'],
    failed: lost('down'),
    says: 'State: 1 migration before it was undone and stays undone; whether it was undone is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'down',
    target: { steps: 3 },
    failed: half('down', 2),
    notRun: 1,
    says: 'State: its first 2 statements stay done; 1 more was not undone.\nGo on with: registry-jobs resume',
  },
  {
    command: 'down',
    failed: refused('down', 1, 'Finish it by hand, then: registry-jobs force 5 --remove'),
    notRun: 1,
    says: 'State: its first statement stays done; 1 more was not undone.\nIt cannot go on by itself.\nFinish it by hand, then: registry-jobs force 5 --remove',
  },
  {
    command: 'down',
    target: { to: '1' },
    failed: refused('down', 1),
    says: 'State: its first statement stays done.\nIt cannot go on by itself.',
  },

  // redo
  {
    command: 'redo',
    did: ['down', 'up'],
    says: `1 migration undone, 1 migration applied in ${DB} in 3.0 s.`,
  },
  {
    command: 'redo',
    says: `Nothing to do: none of the files with a number is applied in ${DB} (3.0 s).`,
  },
  {
    command: 'redo',
    failed: undone('down'),
    notRun: 1,
    says: 'State: nothing was undone: it is applied as before.',
  },
  {
    command: 'redo',
    failed: half('down', 0),
    notRun: 1,
    says: 'State: none of its statements was done; it was not applied again.\nGo on with: registry-jobs resume',
  },
  {
    command: 'redo',
    failed: half('down', 1, 2),
    notRun: 1,
    says: `State: its first statement stays done; statement 2 may be done, or part of it; it was not applied again.\n${LOOK(2)}`,
  },
  {
    command: 'redo',
    failed: lost('down'),
    notRun: 1,
    says: 'State: whether it was undone is not known; it was not applied again.\nLook with: registry-jobs status',
  },
  {
    command: 'redo',
    failed: late('down'),
    notRun: 1,
    says: 'State: nothing was undone: it is applied as before.',
  },
  {
    command: 'redo',
    did: ['down'],
    failed: undone('up'),
    says: 'State: it was undone and is not applied now.\nApply it with: registry-jobs up',
  },
  {
    command: 'redo',
    did: ['down'],
    failed: late('up'),
    says: 'State: it was undone and is not applied now.\nApply it with: registry-jobs up',
  },
  {
    command: 'redo',
    did: ['down'],
    failed: half('up', 1),
    says: 'State: it was undone; its first statement stays done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'redo',
    did: ['down'],
    failed: half('up', 0, 1),
    says: `State: it was undone; statement 1 may be done, or part of it.\n${LOOK(1)}`,
  },
  {
    command: 'redo',
    did: ['down'],
    failed: lost('up'),
    says: 'State: it was undone; whether it was applied again is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'redo',
    failed: refused('down', 1, 'Finish it by hand.'),
    notRun: 1,
    says: 'State: its first statement stays done; it was not applied again.\nIt cannot go on by itself.\nFinish it by hand.',
  },
  {
    command: 'redo',
    did: ['down'],
    failed: refused('up', 1),
    says: 'State: it was undone; its first statement stays done.\nIt cannot go on by itself.',
  },

  // resume
  { command: 'resume', did: ['up'], says: `1 migration applied to ${DB} in 3.0 s.` },
  { command: 'resume', did: ['down'], says: `1 migration undone in ${DB} in 3.0 s.` },
  { command: 'resume', already: 4, says: `Nothing to do: no file stopped half way in ${DB} (3.0 s).` },
  {
    command: 'resume',
    failed: half('up', 2),
    says: 'State: its first 2 statements stay done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'resume',
    failed: half('up', 2, 3),
    notRun: 1,
    says: `State: its first 2 statements stay done; statement 3 may be done, or part of it; 1 migration after it was not run.\n${LOOK(3)}`,
  },
  {
    command: 'resume',
    did: ['down'],
    failed: half('up', 1),
    says: 'State: 1 migration before it was undone and stays undone; its first statement stays done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'resume',
    failed: lost('up'),
    says: 'State: whether it was applied is not known.\nLook with: registry-jobs status',
  },
  {
    command: 'resume',
    failed: late('down'),
    says: 'State: nothing more was done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'resume',
    failed: undone('up'),
    says: 'State: nothing more was done.\nGo on with: registry-jobs resume',
  },
  {
    command: 'resume',
    failed: refused('up', 3, 'Finish it by hand.'),
    says: 'State: its first 3 statements stay done.\nIt cannot go on by itself.\nFinish it by hand.',
  },
];

function reportOf({
  command,
  target,
  did = [],
  already = 0,
  failed,
  notRun = 0,
  older,
}: Run): MigrationReport {
  const common = { version: '1', file: 'f.sql', durationMs: 2_000, attempts: 1, notices: [] };
  const applied = did.map((direction): AppliedReport => {
    const times = { startedAt: '2026-11-21T09:00:00Z', finishedAt: '2026-11-21T09:00:02Z' };
    return { ...common, ...times, direction, file: `${direction}.sql`, statements: 1 };
  });
  const error = { code: 'statement-failed', message: 'broken' } as const;
  return {
    command,
    runId: 'r',
    at: '2026-11-21T09:00:00Z',
    status: failed ? 'failed' : did.length > 0 ? 'applied' : 'nothing-to-do',
    environment: 'staging',
    database: { host: 'db.example.org', port: 5432, name: 'registry', user: 'u', serverVersion: '18.4' },
    ...(target && { target }),
    applied,
    ...(failed && { failed: { ...common, ...failed, error } }),
    notRun: Array.from({ length: notRun }, (_, index) => `v${index}`),
    alreadyApplied: already,
    ...(older && { older }),
    warnings: [],
    durationMs: 3_000,
  };
}

const called = ({ command, target, did = [], already = 0, failed, notRun = 0, older }: Run) =>
  [
    command,
    ...(target ? [JSON.stringify(target)] : []),
    `had ${already}, did ${did.join('+') || 'nothing'}`,
    ...(failed ? [`then ${JSON.stringify(failed)}`] : []),
    `left ${notRun}`,
    ...(older ? [`of an older bundle that lacks ${older.pending.length}`] : []),
  ].join(', ');

test.each(runs.map((run) => [called(run), run] as const))('%s', (_, run) => {
  const did = (run.did ?? []).map(
    (direction) => `${direction === 'up' ? 'Applied' : 'Undone '} ${direction}.sql in 2.0 s (1 statement)\n`,
  );
  const failure = run.failed ? `${heading[run.failed.outcome]}\n${ERROR}\n` : '';
  expect(renderMigrationReport(reportOf(run))).toBe(`${did.join('')}${failure}${run.says}`);
});

test('no sentence of any of them uses "behind" for time, or counts to zero', () => {
  const texts = runs.map((run) => renderMigrationReport(reportOf(run)));
  expect(new Set(runs.map(called)).size).toBe(runs.length);
  expect(texts.filter((text) => /behind|\b0 (migration|statement)/.test(text))).toEqual([]);
});

/** How a run ended, as far as its sentences differ. */
function ending({ did = [], failed, older }: Run): string {
  if (older) return 'older bundle';
  if (!failed) return did.length > 0 ? 'done' : 'nothing to do';
  const { outcome, uncertain, resumeRefused } = failed;
  const what = resumeRefused
    ? 'half-done, refused'
    : uncertain === undefined
      ? outcome
      : 'half-done, uncertain';
  return `${what} ${did.length > 0 ? 'later' : 'first'}`;
}

const failures = ['rolled-back', 'half-done', 'half-done, uncertain', 'unknown', 'not-started'];

test('every command has a row for every way to end, with and without --to', () => {
  const cells = new Set(
    runs.map(
      (run) => `${run.command} ${run.target?.to !== undefined} ${ending(run).replace(/ (first|later)$/, '')}`,
    ),
  );
  const missing = (['up', 'down', 'redo', 'resume'] as const).flatMap((command) =>
    // `redo` and `resume` have no --to.
    (command === 'up' || command === 'down' ? [true, false] : [false]).flatMap((to) =>
      ['done', 'nothing to do', ...failures, 'half-done, refused']
        .map((end) => `${command} ${to} ${end}`)
        .filter((cell) => !cells.has(cell)),
    ),
  );
  expect(missing).toEqual([]);
});
