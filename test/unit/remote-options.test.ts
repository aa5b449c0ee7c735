import { expect, test } from 'vitest';
import { type Answered, describeLeftOut, fitAnswer, MOST_BYTES } from '../../lib/remote/answer.ts';
import { parseTaskOptions } from '../../lib/remote/options.ts';
import type { RemoteTask } from '../../lib/remote/protocol.ts';
import { parseFunctionName } from '../../lib/remote/target.ts';
import { describeDifference, type FileMark, markFiles, renderDeployed } from '../../lib/reports/deployed.ts';

test.each<[RemoteTask, unknown]>([
  ['status', undefined],
  ['status', { history: 20 }],
  ['plan', { to: '014', steps: 3, outOfOrder: true }],
  [
    'up',
    { plan: '3112e2c0e232f927', rerun: ['026_grants'], waitMs: 0, detach: 'when-needed', who: 'ada@engine' },
  ],
  ['up', { since: '2026-11-28T09:00:01.123456Z' }],
  ['watch', { runId: '6fdc6690-0204-4499-8b96-d979fffab445', from: '2026-11-28T09:00:01Z' }],
  ['cancel', { apply: true, pid: 4711, since: '2026-11-28T09:00:01.1Z' }],
  ['history', { limit: 1_000, before: '2026-11-28T09:00:01/x' }],
  ['verify', {}],
])('%s takes %j', (task, options) => {
  expect(parseTaskOptions(task, options)).toEqual(options ?? {});
});

test.each<[RemoteTask, unknown, string]>([
  ['status', { histroy: 1 }, 'there is no "histroy" (did you mean history?)'],
  ['status', { history: 0 }, 'history has to be a whole number from 1 to 1000'],
  ['status', { history: 1e9 }, 'history has to be a whole number from 1 to 1000'],
  ['status', { history: '1; drop table a' }, 'history has to be a whole number from 1 to 1000'],
  ['status', 'history', 'they are no object'],
  ['status', [1], 'they are no object'],
  ['verify', { sql: 'select 1' }, 'there is no "sql"'],
  ['verify', { toString: 1 }, 'there is no "toString"'],
  ['plan', JSON.parse('{"__proto__": {"to": "1"}}'), 'there is no "__proto__"'],
  ['plan', { to: '' }, 'to has to be a text of at most 200 characters'],
  ['plan', { to: 'x'.repeat(201) }, 'to has to be a text of at most 200 characters'],
  ['plan', { outOfOrder: 'yes' }, 'outOfOrder has to be true or false'],
  ['up', { plan: 'anything' }, 'plan has to be the hash of a plan'],
  ['up', { rerun: 'all' }, 'rerun has to be a list of at most 1000 texts'],
  ['up', { rerun: [1] }, 'rerun has to be a list of at most 1000 texts'],
  ['up', { since: 'now()' }, 'since has to be a time in UTC'],
  ['up', { detach: 'yes' }, 'detach has to be never, when-needed or always'],
  ['watch', { runId: "'; drop" }, 'runId has to be the id of a run'],
  ['cancel', { pid: -1 }, 'pid has to be a whole number from 1 to 2147483648'],
  ['up', { to: 1, steps: 0 }, 'to has to be a text of at most 200 characters; steps has to be'],
])('%s refuses %j', (task, options, message) => {
  expect(() => parseTaskOptions(task, options)).toThrow(
    expect.objectContaining({ code: 'bad-task-options', message: expect.stringContaining(message) }),
  );
});

const deployed = { function: 'shop', version: '1.0.0', files: markFiles('id', []) };
const entry = (number: number, state: string) => ({
  version: `${number}`.padStart(9, '0'),
  state,
  file: 'x'.repeat(100),
});

test('an answer that fits is left as it is', () => {
  const answer = {
    report: { entries: Array.from({ length: 10_000 }, (_, index) => entry(index, 'applied')) },
    deployed,
  };
  expect(fitAnswer(answer)).toBe(answer);
});

test('of versions those that are not applied stay, then the newest; what is left out is counted', () => {
  const entries = Array.from({ length: 60_000 }, (_, index) =>
    entry(index, index % 20_000 === 5 ? 'edited' : 'applied'),
  );
  const { report, leftOut } = fitAnswer({ report: { entries }, deployed });
  expect(leftOut).toEqual({ entries: 50_000 });
  const versions = report.entries.map(({ version }) => Number(version));
  expect(versions.slice(0, 4)).toEqual([5, 20_005, 40_005, 50_003]);
  expect(versions.at(-1)).toBe(59_999);
  expect(describeLeftOut(leftOut)).toBe(
    'The answer of a function may be 6 MB long. Left out of this one: 50000 of entries.',
  );
});

test.each<[string, object, object]>([
  ['texts alone', { history: Array.from({ length: 1_000 }, () => ({ error: '€'.repeat(50_000) })) }, {}],
  ['one text', { problems: [{ message: 'x'.repeat(20_000_000) }] }, {}],
  [
    'a list in a list',
    {
      tasks: Array.from({ length: 30 }, () => ({
        statements: Array(20_000).fill({ text: 'select 1, 2, 3' }),
      })),
    },
    { statements: 450_000 },
  ],
])('%s: it fits, and the report keeps its shape', (_, report, leftOut) => {
  const answer = fitAnswer({ report, deployed } as Answered<object>);
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(MOST_BYTES);
  expect(answer.leftOut).toEqual(leftOut);
  expect(Object.keys(answer.report)).toEqual(Object.keys(report));
});

test('whatever is nested, it is short enough in the end', () => {
  const deep = (level: number): unknown => (level === 0 ? 'x'.repeat(60) : Array(20).fill(deep(level - 1)));
  const answer = fitAnswer({ report: { status: 'ok', deep: deep(4) }, deployed });
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(MOST_BYTES);
  expect(answer.report.status).toBe('ok');
});

const files = (...marks: FileMark[]) => markFiles(JSON.stringify(marks), marks);
const a: FileMark = ['001_a', 'aa'];
const b: FileMark = ['002_b', 'bb'];
const c: FileMark = ['003_c', 'cc'];

test.each<[string, FileMark[], FileMark[], string | undefined]>([
  ['the same', [a, b], [a, b], undefined],
  ['a file more here', [a], [a, b, c], '002_b and 003_c are not deployed.'],
  ['a file more there', [a, b], [a], '002_b is not in migrations.'],
  ['another text', [a, b], [a, ['002_b', 'xx']], '002_b has another text there.'],
])('%s', (_, there, here, expected) => {
  const text = describeDifference(files(...there), files(...here), 'migrations');
  expect(text).toBe(expected && `What is deployed is not what is in migrations: ${expected}`);
});

test('of many files the last ones are compared, and none is called missing that is only not named', () => {
  const many = Array.from({ length: 1_000 }, (_, index): FileMark => [`${index + 1_000}`, 'x']);
  const there = files(...many);
  expect(there.last).toHaveLength(300);
  const text = describeDifference(there, files(...many, ['2000', 'y']), 'db');
  expect(text).toBe('What is deployed is not what is in db: 2000 is not deployed.');
});

test('whose files a report is about is one line, and no text of somebody else ends it', () => {
  const text = renderDeployed({
    ...deployed,
    files: files(['001_a', 'x'], ['002\n_b', 'x']),
    firstRun: '2026-01-02T03:04:05.6Z',
  });
  expect(text).not.toContain('\n_b');
  expect(text).toContain('2 files, the last one 002');
  expect(text).toMatch(/first run 2026-01-02T03:04:05Z\)$/);
});

test.each<[string, object]>([
  ['shop-Migrations-1a2B', { name: 'shop-Migrations-1a2B' }],
  [' shop ', { name: 'shop' }],
  ['arn:aws:lambda:eu-central-1:111111111111:function:shop', { region: 'eu-central-1' }],
  ['arn:aws-us-gov:lambda:us-gov-west-1:111111111111:function:shop', { region: 'us-gov-west-1' }],
])('%j is a function', (given, target) => {
  expect(parseFunctionName(given, '--function')).toMatchObject(target);
});

test.each([
  '',
  'shop:live',
  'arn:aws:lambda:eu-central-1:111111111111:function:shop:7',
  'a b',
  'shop;ls',
  '../x',
])('%j is none', (given) => {
  expect(() => parseFunctionName(given, '--function')).toThrow(
    expect.objectContaining({ code: 'bad-function-name' }),
  );
});
