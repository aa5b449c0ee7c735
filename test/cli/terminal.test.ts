import stringWidth from 'string-width';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliDatabase, createCliDatabase, createProject, steady } from '../support/cli.ts';
import { hasTerminal, runInTerminal } from '../support/terminal.ts';

/* The whole command on a pseudo-terminal, with real signals. Where there is no `script` of util-linux these are skipped. */
let database: CliDatabase;
beforeAll(async () => {
  database = await createCliDatabase();
});
afterAll(() => database.drop());

const CLEAR = '\r\u001B[2K';
const NAME = 'migrations/002_a_name_that_is_too_long_for_a_terminal_of_eighty_columns.sql';
const SLOW = 'select pg_sleep(30)';

function project(header: string) {
  return createProject(
    {
      'migrations/001_a.sql': 'create table if not exists a ()',
      [NAME]: `${header}create table b ();\n${SLOW};`,
      'migrations/003_c.sql': 'create table c ()',
    },
    database,
  );
}

/** Each of what was drawn over and over. */
const drawn = (raw: string) =>
  raw
    .split(CLEAR)
    .slice(1)
    .map((text) => text.split('\r\n')[0] ?? '')
    .filter((text) => / {2}[\d.]+ m?s/.test(text));

test.skipIf(!hasTerminal).each([
  [80, 'SIGINT', 130],
  [200, 'SIGTERM', 143],
] as const)('%i columns, %s in the middle of a statement', async (columns, signal, expected) => {
  let isStruck = false;
  const { code, raw, rows, wraps } = await runInTerminal(['up', '-e', 'test'], {
    folder: project(''),
    columns,
    env: { TERM: 'xterm' },
    onOutput: (text, strike) => {
      if (isStruck || !/ {2}1\.\d s/.test(text)) return;
      isStruck = true;
      strike(signal);
    },
  });
  expect(code).toBe(expected);
  const lives = drawn(raw);
  expect(lives.length).toBeGreaterThan(3);
  // Four a second, and one for each of the two files.
  expect(lives.length).toBeLessThan(12);
  expect(Math.max(...lives.map((line) => stringWidth(line)))).toBeLessThan(columns);
  expect(lives.at(-1)).toMatch(/, statement 2\/2 \(line 2\) {2}[\d.]+ m?s$/);
  expect(wraps).toBe(0);
  const shown = rows.map(steady).filter((row) => !/^Applied migrations\/001/.test(row));
  expect(shown).toEqual([
    `${signal}: stopping in order; once more to end at once.`,
    `Stopped ${NAME} after N ms`,
    `${NAME}:2:1: Stopped by ${signal} in the middle of this statement. [stopped]`,
    `2 | ${SLOW};`,
    '  | ^',
    expect.stringMatching(/^State: .*1 migration after it was not run\.$/),
    'Go on with: registry-jobs up --env test',
    '',
  ]);
  expect(await database.query(`select to_regclass('b') is null as gone`)).toEqual([{ gone: true }]);
});

test.skipIf(!hasTerminal)(
  'TERM=dumb, SIGHUP in a file without a transaction: plain lines, no escapes',
  async () => {
    let isStruck = false;
    const { code, raw, rows } = await runInTerminal(['up', '-e', 'test'], {
      folder: project('-- registry-jobs: transaction off\n'),
      columns: 80,
      env: { TERM: 'dumb' },
      onOutput: (text, strike) => {
        if (isStruck || !text.includes('002_')) return;
        isStruck = true;
        const active = `select from pg_stat_activity where datname = current_database() and query like '${SLOW}%' and state = 'active'`;
        void expect
          .poll(() => database.query(active))
          .toHaveLength(1)
          .then(() => strike('SIGHUP'));
      },
    });
    expect(code).toBe(129);
    expect(raw).not.toContain('\u001B');
    const shown = rows.map(steady).filter((row) => !/001_a/.test(row));
    expect(shown).toEqual([
      expect.stringMatching(/^\[\d\/\d\] migrations\/002_/),
      'SIGHUP: stopping in order; once more to end at once.',
      `Stopped ${NAME} after N ms`,
      `${NAME}:3:1: Stopped by SIGHUP in the middle of this statement. [stopped]`,
      `3 | ${SLOW};`,
      '  | ^',
      expect.stringMatching(/^State: .*its first statement stays done; 1 migration after it was not run\.$/),
      'Go on with: registry-jobs resume --env test',
      '',
    ]);
    await database.query(`drop table b; delete from schema_migrations_journal where version like '002%'`);
  },
);

test.skipIf(!hasTerminal)(
  'Ctrl-C at a question: nothing was done, and no fault of ours is told',
  async () => {
    let isStruck = false;
    const { code, rows } = await runInTerminal(['force', '001', '--remove', '-e', 'test'], {
      folder: project(''),
      columns: 80,
      env: { TERM: 'dumb' },
      onOutput: (text, strike) => {
        if (isStruck || !text.includes('[y/N]')) return;
        isStruck = true;
        strike('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(rows.slice(-3)).toEqual([
      expect.stringMatching(
        /^This writes the ledger of t_\w+ on 127\.0\.0\.1:\d+ as \w+ and runs no file\. Go on\? \[y\/N\] $/,
      ),
      'error: Stopped by SIGINT before anything was changed. [stopped]',
      '',
    ]);
    expect(await database.query(`select version from schema_migrations`)).toEqual([{ version: '001_a' }]);
  },
);

const APPLIED = { 'migrations/001_a.sql': 'create table if not exists a ()' };

/** Another session that holds a table which the second file wants. */
async function holdB() {
  await database.query(`create table b (); alter table b owner to "${database.name}_user"`);
  const client = await database.connect();
  await client.query('begin; lock table b');
  return client;
}

test.skipIf(!hasTerminal)('SIGTERM while it waits for a lock: who was in the way, what is true', async () => {
  const client = await holdB();
  let isStruck = false;
  const { code, raw, rows } = await runInTerminal(['up', '-e', 'test'], {
    folder: createProject(
      { ...APPLIED, 'migrations/004_waits.sql': 'alter table b add column if not exists x int;' },
      database,
    ),
    columns: 80,
    env: { TERM: 'xterm' },
    onOutput: (text, strike) => {
      if (isStruck || !text.includes(' waits for ')) return;
      isStruck = true;
      strike('SIGTERM');
    },
  });
  await client.query('rollback');
  await client.end();
  expect(code).toBe(143);
  expect(Math.max(...drawn(raw).map((line) => stringWidth(line)))).toBeLessThan(80);
  const shown = rows.map(steady).join('\n');
  expect(shown).toMatch(/004_waits\.sql:1 waits for pid \d+ \(/);
  expect(shown).toContain('SIGTERM: stopping in order; once more to end at once.');
  expect(shown).toMatch(/Stopped migrations\/004_waits\.sql after N ms\n/);
  expect(shown).toContain('Go on with: registry-jobs up --env test');
  expect(await database.query(`select 1 from schema_migrations where version like '004%'`)).toEqual([]);
});

const STUBBORN =
  'do $$ begin loop begin perform pg_sleep(30); exception when query_canceled then null; end; end loop; end $$;';

test.skipIf(!hasTerminal)(
  'a second Ctrl-C ends at once what the first could not, and says where to look',
  async () => {
    let isStruck = false;
    const { code, rows } = await runInTerminal(['up', '-e', 'test'], {
      folder: createProject({ ...APPLIED, 'migrations/005_stubborn.sql': STUBBORN }, database),
      columns: 80,
      env: { TERM: 'xterm' },
      onOutput: (text, strike) => {
        if (isStruck || !/ {2}1\.\d s/.test(text)) return;
        isStruck = true;
        strike('SIGINT');
        // What comes within a quarter of a second is taken for the same one.
        setTimeout(() => strike('SIGINT'), 100);
        setTimeout(() => strike('SIGINT'), 700);
      },
    });
    expect(code).toBe(130);
    // A line that is longer than the terminal is several rows.
    const shown = rows.join('');
    expect(shown).toContain('SIGINT: stopping in order; once more to end at once.');
    expect(shown).toMatch(
      /Ended at once by another signal \(SIGINT\) during: \[\d\/\d\] migrations\/005_stubborn\.sql/,
    );
    expect(shown).toMatch(/Look with: registry-jobs status .*--history$/);
    expect(await database.query(`select 1 from schema_migrations where version like '005%'`)).toEqual([]);
  },
);

test.skipIf(!hasTerminal)(
  'SIGHUP in a run of many files: what is printed is what the ledger says',
  async () => {
    const own = await createCliDatabase();
    const files = Array.from({ length: 100 }, (_, index) => [
      `migrations/${String(index + 1).padStart(3, '0')}_f.sql`,
      'select pg_sleep(0.03);',
    ]);
    let isStruck = false;
    const { code, rows } = await runInTerminal(['up', '-e', 'test'], {
      folder: createProject(Object.fromEntries(files), own),
      columns: 80,
      env: { TERM: 'xterm' },
      onOutput: (text, strike) => {
        if (isStruck || !text.includes('migrations/003_f.sql in ')) return;
        isStruck = true;
        strike('SIGHUP');
      },
    });
    const ledger = await own.query<{ version: string }>('select version from schema_migrations order by 1');
    await own.drop();
    expect(code).toBe(129);
    const applied = rows.flatMap((row) => /^Applied migrations\/(\w+)\.sql/.exec(row)?.[1] ?? []);
    expect(applied).toEqual(ledger.map(({ version }) => version));
    expect(applied.length).toBeGreaterThanOrEqual(3);
    expect(applied.length).toBeLessThan(100);
    const shown = rows.join('\n');
    expect(shown).toContain('SIGHUP: stopping in order; once more to end at once.');
    expect(shown).toContain('Go on with: registry-jobs up --env test');
  },
);
