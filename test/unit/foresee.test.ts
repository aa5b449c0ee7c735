import { describe, expect, test } from 'vitest';
import type { Detach } from '../../lib/engine/apply.ts';
import { foresee } from '../../lib/engine/foresee.ts';
import { whyAttached } from '../../lib/postgres/detach/why-attached.ts';
import { type PlanReport, renderPlanReport } from '../../lib/reports/plan.ts';
import { compile } from '../support/migrations.ts';

const MINUTE = 60_000;
const expecting = (minutes: number) => `-- registry-jobs: expected-duration ${minutes}min\n`;
const ON = '-- registry-jobs: detach on\n';
const OFF = '-- registry-jobs: detach off\n';
const COPY = 'copy a from stdin;\n1\n\\.\n';

/** Who would run these files, in their order, and why. */
async function foreseen(texts: readonly string[], detach: Detach, timeMs?: number) {
  const files = texts.map((text, index) => [`00${index + 1}_a.sql`, text] as const);
  const { migrations } = await compile(Object.fromEntries(files));
  const tasks = migrations.map((migration) => ({ migration, direction: 'up' as const }));
  return foresee({ whyAttached }, tasks, detach, timeMs);
}
const shown = async (...args: Parameters<typeof foreseen>) =>
  (await foreseen(...args)).map(({ how, why }) => `${how}: ${why}`);

describe('who would run a file', () => {
  test.each([
    ['select 1', 'attached: the file names no `expected-duration`'],
    [`${expecting(8)}select 1`, 'attached: it expects to take 8 min 00 s, and 11 min 50 s are left'],
    [`${expecting(40)}select 1`, 'detached: it expects to take 40 min 00 s, and 11 min 50 s are left'],
    [`${ON}select 1`, 'detached: the file says `detach on`'],
    [`${OFF}select 1`, 'attached: the file says `detach off`'],
    [`${ON}${COPY}`, /^attached: statement 1 \(line 2\) is or has a COPY/],
    [
      `${expecting(40)}${OFF}select 1`,
      /^not-started: it expects .* are left, and the file says `detach off`$/,
    ],
    [`${expecting(40)}${COPY}`, /^not-started: it expects .* are left, and statement 1 \(line 2\) is or has/],
  ])('in a run of 12 minutes: %j', async (text, expected) => {
    const [found] = await shown([text], 'when-needed', 12 * MINUTE);
    expect(found).toMatch(expected instanceof RegExp ? expected : new RegExp(`^${escaped(expected)}$`));
  });

  test.each([
    ['select 1', 'detached: each file that can is left to it'],
    [`${expecting(40)}select 1`, 'detached: each file that can is left to it'],
    [`${OFF}select 1`, 'attached: the file says `detach off`'],
    [COPY, /^attached: statement 1 \(line 1\) is or has a COPY/],
  ])('with --detach: %j', async (text, expected) => {
    const [found] = await shown([text], 'always');
    expect(found).toMatch(expected instanceof RegExp ? expected : new RegExp(`^${escaped(expected)}$`));
  });

  test('files that are waited for use up the time, and one that is left to the server does not', async () => {
    const eight = `${expecting(8)}select 1`;
    expect(
      (await foreseen([eight, eight, eight, eight], 'when-needed', 12 * MINUTE)).map(({ how }) => how),
    ).toEqual([...['attached', 'detached', 'attached', 'detached']]);
  });

  test('nothing is foreseen after a file that would not be begun', async () => {
    const found = await foreseen(
      ['select 1', `${expecting(40)}${COPY}`, 'select 2'],
      'when-needed',
      12 * MINUTE,
    );
    expect(found.map(({ how }) => how)).toEqual(['attached', 'not-started']);
    expect(found.at(-1)?.remedy).toContain('Put the COPY into a file of its own');
  });
});

test('the plan says it of each file, and how far a run would come', async () => {
  const tasks: PlanReport['tasks'] = [
    { how: 'detached', why: 'the file says `detach on`' } as const,
    { how: 'not-started', why: 'it takes too long', remedy: 'Split it.' } as const,
    undefined,
  ].map((run, index) => ({
    ...{ version: `${index}`, file: `m/${index}.sql`, direction: 'up', transaction: true, statements: [] },
    ...(run && { run }),
  }));
  const report: PlanReport = {
    ...{ command: 'plan', status: 'pending', hash: 'abc', tasks, warnings: [], problems: [] },
    database: { name: 'd', host: 'h', port: 1, user: 'u', serverVersion: '18.0' },
  };
  const lines = (text: string) => text.split('\n').slice(1);
  expect(lines(renderPlanReport(report))).toEqual([
    ...['m/0.sql (one transaction)', '  Runs on in the server: the file says `detach on`'],
    ...['m/1.sql (one transaction)', '  Would not be begun: it takes too long', '  What to do: Split it.'],
    'm/2.sql (one transaction)',
    '1 of 3 migrations would be applied, those before m/1.sql. Run exactly this: registry-jobs up --plan abc',
  ]);
  expect(lines(renderPlanReport({ ...report, detach: true })).at(-1)).toMatch(
    /registry-jobs up --detach --plan abc$/,
  );
  expect(lines(renderPlanReport(report, true)).at(-1)).toMatch(/\. This plan is abc\.$/);
});

const escaped = (text: string) => text.replace(/[()`]/g, '\\$&');
