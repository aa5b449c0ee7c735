import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import { type Bench, engineCase, journalOf, ledgerOf, tablesOf } from '../support/cases.ts';
import { cli, steady } from '../support/cli.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const OFF = '-- registry-jobs: transaction off\n';

/** What a command says, without what differs from run to run. */
async function told(bench: Bench, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await bench.run(...args);
  const progress = /^\[\d+\/\d+\] .*\n/gm;
  return steady(stderr.replace(progress, '') + stdout).replaceAll(bench.database.name, 'DB');
}

const removeFile = (bench: Bench, name: string) => rmSync(path.join(bench.folder, 'migrations', name));

const THREE = {
  '1_a.up.sql': 'create table a (x int)',
  '1_a.down.sql': 'drop table a',
  '2_b.up.sql': 'create table b (x int)',
  '2_b.down.sql': 'drop table b',
  '3_c.up.sql': 'create table c (x int)',
  '3_c.down.sql': 'drop table c',
};

engineCase('W1', async (bench) => {
  bench.write({ ...THREE, '2_b.down.sql': 'drop table nope' });
  await bench.up();
  expect(await told(bench, 'down', '--steps', '3', '--yes')).toBe(
    `Undone  migrations/3_c.down.sql in N ms (1 statement)
Failed  migrations/2_b.down.sql after N ms
migrations/2_b.down.sql:1:1: table "nope" does not exist (SQLSTATE 42P01) [statement-failed]
1 | drop table nope
  | ^
What to do: Correct the file and run again: nothing of it was kept.
State: 1 migration before it was undone and stays undone; 1 more was not undone.
Go on with: registry-jobs down --steps 2
`,
  );
  expect(await tablesOf(bench)).toEqual(['a', 'b']);
  expect(await told(bench, 'down', '--yes')).toContain('\nState: nothing was undone.\n');
});

engineCase('W2', async (bench) => {
  bench.write(THREE);
  await bench.up();
  await bench.query(
    'create function stop() returns event_trigger language plpgsql as $$ begin raise exception $m$ no $m$; end $$',
  );
  await bench.query(
    `create event trigger stop_${bench.database.name} on ddl_command_start when tag in ('CREATE TABLE') execute function stop()`,
  );
  const text = await told(bench, 'redo', '--yes');
  expect(text.split('\n').slice(0, 2)).toEqual([
    'Undone  migrations/3_c.down.sql in N ms (1 statement)',
    'Failed  migrations/3_c.up.sql after N ms',
  ]);
  expect(text).toMatch(/\nState: it was undone and is not applied now\.\nApply it with: registry-jobs up\n$/);
  expect(await tablesOf(bench)).toEqual(['a', 'b']);
  await bench.query(`drop event trigger stop_${bench.database.name}`);
  await bench.up();
  expect(await tablesOf(bench)).toEqual(['a', 'b', 'c']);

  bench.write({ '3_c.down.sql': 'drop table nope' });
  expect(await told(bench, 'redo', '--yes')).toMatch(
    /\nState: nothing was undone: it is applied as before\.\n$/,
  );
});

engineCase('W3', async (bench) => {
  bench.write(THREE);
  const none = `Nothing to do: none of the files with a number is applied in DB${bench.dialect.place} (N ms).\n`;
  expect(await told(bench, 'down', '--yes')).toBe(none);
  expect(await told(bench, 'redo', '--yes')).toBe(none);
  expect(await told(bench, 'down', '--to', '0', '--yes')).toBe(none);
  expect(await told(bench, 'resume')).toBe(
    `Nothing to do: no file stopped half way in DB${bench.dialect.place} (N ms).\n`,
  );
  await bench.up('--to', '2');
  expect(await told(bench, 'down', '--to', '2', '--yes')).toBe(
    `Nothing to do: none of the files after 2 is applied in DB${bench.dialect.place} (N ms).\n`,
  );
  expect(await told(bench, 'down', '--steps', '5', '--yes')).toMatch(
    /\n2 migrations undone in DB(?: on 127\.0\.0\.1 as postgres)? in N ms\. No other file with a number is applied\.\n$/,
  );
});

engineCase('W4', async (bench) => {
  bench.write({
    '001_a.sql': 'select 1',
    '002_b.sql': 'select 1',
    '003_c.sql': 'select 1',
    'R_v.sql': 'select 1',
  });
  expect(await told(bench, 'up', '--to', '2')).toMatch(
    /\n2 migrations applied to DB(?: on 127\.0\.0\.1 as postgres)? in N ms\. 2 migrations after 002_b are pending\.\n$/,
  );
  for (const version of ['1', '002_b']) {
    const last = version === '1' ? '001_a' : '002_b';
    expect(await told(bench, 'up', '--to', version)).toBe(
      `Nothing to do: DB${bench.dialect.place} has every migration up to ${last} (N ms). 2 migrations after ${last} are pending.\n`,
    );
    expect((await told(bench, 'plan', '--to', version)).split('\n').slice(1)).toEqual([
      `Nothing to do up to ${last}. 2 migrations after ${last} are pending.`,
      '',
    ]);
  }
  expect((await told(bench, 'plan', '--to', '3')).split('\n').at(-2)).toMatch(
    /^1 migration would be applied\. 1 migration after 003_c is pending\. Run exactly this: registry-jobs up --to 003_c --plan \w+$/,
  );
  await bench.up();
  expect(await told(bench, 'up', '--to', '3')).toBe(
    `Nothing to do: DB${bench.dialect.place} has every migration up to 003_c (N ms). No migration after 003_c is pending.\n`,
  );
  expect(await told(bench, 'up')).toBe(
    `Nothing to do: DB${bench.dialect.place} has all 4 migrations (N ms).\n`,
  );
});

engineCase('W5', async (bench) => {
  bench.write({ '1_a.sql': `${OFF}select 1/0;\nselect 1;`, '2_b.sql': 'select 1' });
  const end = async (...args: string[]) => (await told(bench, ...args)).split('\n').slice(-3);
  expect(await end('up')).toEqual([
    'State: none of its statements was done; 1 migration after it was not run.',
    'Go on with: registry-jobs resume',
    '',
  ]);
  bench.write({ '1_a.sql': `${OFF}create table a (x int);\nselect 1/0;` });
  expect(await end('resume')).toEqual([
    'State: its first statement stays done.',
    'Go on with: registry-jobs resume',
    '',
  ]);
  expect(await told(bench, 'up')).toBe(
    `error: migrations/1_a.sql runs without a transaction and stopped after statement 1 of 2. [half-done]
What to do: Go on with: registry-jobs resume
  | Or mend the database by hand and say what the version is now.
  | Applied: registry-jobs force 1_a
  | Not applied: registry-jobs force 1_a --remove
`,
  );
});

engineCase('W6', async (bench) => {
  bench.write({
    '1_a.up.sql': 'create table if not exists a (id int); insert into a values (1)',
    '1_a.down.sql': `${OFF}${bench.dialect.fails}; drop table a`,
  });
  await bench.up();
  expect(await told(bench, 'down', '--yes')).toMatch(
    /\nState: none of its statements was done\.\nGo on with: registry-jobs resume\n$/,
  );
  // It is the down file that stopped, and not the up file.
  expect(await told(bench, 'up')).toMatch(
    /^error: migrations\/1_a\.down\.sql runs without a transaction and stopped at its first statement, of 2\. \[half-done\]\n/,
  );
  removeFile(bench, '1_a.down.sql');
  expect(await bench.json('resume')).toEqual({
    code: 1,
    error: {
      code: 'cannot-resume',
      message: 'migrations/1_a.down.sql stopped at its first statement, of 2, and is not there any more.',
      hint: 'Restore migrations/1_a.down.sql, then go on with: registry-jobs resume\nOr mend the database by hand and say what the version is now.\nApplied: registry-jobs force 1\nNot applied: registry-jobs force 1 --remove',
    },
  });
  expect(await bench.query('select id from a')).toEqual([{ id: 1 }]);
  expect(await ledgerOf(bench)).toEqual(['1']);
  bench.write({ '1_a.down.sql': `${OFF}select 1; drop table a` });
  expect(await bench.json('resume')).toMatchObject({
    code: 0,
    applied: [{ version: '1', direction: 'down' }],
  });
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('W7', async (bench) => {
  bench.write({
    '1_a.sql': `${OFF}create table if not exists a (x int);\ninsert into a values (1);\n${bench.dialect.fails};`,
  });
  await bench.run('up');
  bench.write({ '1_a.sql': 'create table if not exists a (x int);\ninsert into a values (1);\nselect 1;' });
  expect(await bench.json('resume')).toMatchObject({
    code: 1,
    error: {
      code: 'cannot-resume',
      message:
        'migrations/1_a.sql stopped after statement 2 of 3 of a run without a transaction, and asks for a transaction now.',
    },
  });
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }]);
});

engineCase('W8', async (bench) => {
  const sql = (second: string) => `${OFF}create table a (x int);\n${second};\ninsert into a values (3);`;
  bench.write({ '1_a.sql': sql(`${bench.dialect.fails}`) });
  await bench.run('up');
  const refusal = (message: string, hint: string) => ({
    code: 1,
    error: { code: 'cannot-resume', message, hint },
  });
  for (const from of ['5', '99']) {
    expect(await bench.json('resume', '--from', from)).toEqual(
      refusal(
        `migrations/1_a.sql has 3 statements: it cannot go on from statement ${from}.`,
        'Say a number from 1 to 3, or 4 when all of them are done: registry-jobs resume --from 2',
      ),
    );
  }
  expect((await bench.run('resume', '--from', '0')).code).toBe(2);
  expect(await bench.json('resume', '7')).toMatchObject({ code: 1, error: { code: 'unknown-version' } });
  // The failing statement was done by hand.
  await bench.query('insert into a values (2)');
  expect(await bench.json('resume', '1', '--from', '3')).toMatchObject({
    code: 0,
    applied: [{ version: '1_a' }],
  });
  expect(await bench.query('select x from a')).toEqual([{ x: 2 }, { x: 3 }]);
  expect(await bench.json('resume', '--from', '1')).toEqual(
    refusal(
      'No file stopped half way, so there is no statement to go on from.',
      'See what is applied: registry-jobs status',
    ),
  );
});

engineCase('W9', async (bench) => {
  bench.write({ '1_a.sql': `${OFF}select 1;\n${bench.dialect.fails};`, '2_b.sql': 'select 1' });
  await bench.run('up');
  removeFile(bench, '1_a.sql');
  const message = 'migrations/1_a.sql runs without a transaction and stopped after statement 1 of 2.';
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'half-done', message } });
  expect(await bench.json('status')).toMatchObject({
    status: 'invalid',
    entries: [
      { version: '2_b', state: 'pending' },
      { version: '1_a', state: 'half-done' },
    ],
  });
  expect(await bench.json('down', '--yes')).toMatchObject({ code: 1, error: { code: 'half-done', message } });
  expect(await bench.json('force', '1', '--remove', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '1_a', action: 'settle', file: 'migrations/1_a.sql' }],
  });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '2_b' }] });
});

engineCase('W10', async (bench) => {
  bench.write({ '001_a.sql': 'select 1', '2_b.up.sql': 'select 1', '3_c.sql': 'select 1' });
  await bench.up('--to', '1');
  for (const version of ['001_typo', '7', '0', '']) {
    expect(await bench.json('up', '--rerun', version)).toEqual({
      code: 1,
      error: {
        code: 'unknown-version',
        message: `There is no migration ${version || '""'}.`,
        hint: 'See the versions with: registry-jobs status',
      },
    });
  }
  expect(await ledgerOf(bench)).toEqual(['001_a']);
  expect(await bench.up('--to', '1', '--rerun', '1')).toMatchObject({ applied: [{ version: '001_a' }] });
  // What is pending is applied, whatever it is.
  expect(await bench.up('--rerun', '2', '01')).toMatchObject({
    applied: [{ version: '001_a' }, { version: '2' }, { version: '3_c' }],
  });
  expect(await bench.up('--to', '1', '--rerun', '3')).toMatchObject({ applied: [{ version: '3_c' }] });
  bench.write({ '4_d.sql': 'select 1' });
  expect(await bench.json('up', '--to', '1', '--rerun', '4_d')).toEqual({
    code: 1,
    error: {
      code: 'cannot-rerun',
      message: 'migrations/4_d.sql is pending and comes after 001_a, the last one to apply.',
      hint: 'Leave out one of the two, --to or --rerun.',
    },
  });
  expect(await told(bench, 'up', '--rerun', '1')).toMatch(
    /^Warning: migrations\/001_a\.sql runs again though newer files are applied: what they replaced of it, it brings back\.\n/,
  );
});

engineCase('W11', async (bench) => {
  bench.write({ '001_a.sql': 'select 1', 'R_v.sql': 'select 1' });
  await bench.up();
  const commands = [
    ['up', '--to', '7'],
    ['up', '--rerun', '7'],
    ['plan', '--to', '7'],
    ['down', '--to', '7', '--yes'],
    ['resume', '7'],
    ['force', '7', '--yes'],
    ['force', '7', '--remove', '--yes'],
    ['baseline', '7', '--yes'],
  ];
  for (const command of commands) {
    const found = (await bench.json(...command)) as unknown as Record<string, unknown>;
    const [problem = found.error] = (found.problems ?? []) as unknown[];
    expect({ command, code: found.code, problem }).toMatchObject({
      command,
      code: 1,
      problem: { code: 'unknown-version', message: 'There is no migration 7.' },
    });
  }
  // It is there, but nothing comes before or after it.
  for (const command of [
    ['up', '--to', 'R_v'],
    ['down', '--to', 'R_v', '--yes'],
    ['baseline', 'R_v', '--yes'],
  ]) {
    expect(await bench.json(...command)).toMatchObject({
      code: 1,
      error: {
        code: 'unknown-version',
        message: 'migrations/R_v.sql has no number, so nothing comes before or after it.',
      },
    });
  }
  bench.write({ '2_b.sql': 'select 1' });
  expect(await bench.json('force', '2', '--remove', '--yes')).toMatchObject({
    code: 0,
    status: 'nothing-to-do',
  });
  // A version without a file is known too, by its number as well.
  await bench.up();
  removeFile(bench, '2_b.sql');
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    error: {
      code: 'missing-file',
      hint: 'Restore the file, or deploy the version of the code that has it. If it is gone for good, forget it: registry-jobs force 2_b --remove',
    },
  });
  expect(await bench.json('force', '2', '--yes')).toMatchObject({
    error: {
      code: 'unknown-version',
      hint: 'There is no file of that version. To forget it: registry-jobs force 2_b --remove',
    },
  });
  expect(await bench.json('force', '2', '--remove', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '2_b', action: 'forget' }],
  });
});

engineCase('W12', async (bench) => {
  bench.write({ '1_a.sql': `${OFF}create table a (x int);\n${bench.dialect.fails};` });
  await bench.run('up');
  await bench.query('drop table a');
  expect((await told(bench, 'force', '1', '--remove')).split('\n').slice(0, 2)).toEqual([
    '  settled      1_a  migrations/1_a.sql',
    `1 half-done attempt would be called settled, and its version not applied, in the journal of DB${bench.dialect.place}.`,
  ]);
  expect(await told(bench, 'force', '1', '--remove', '--yes')).toMatch(
    /\n1 half-done attempt is settled, and its version not applied, in the journal of DB(?: on 127\.0\.0\.1 as postgres)?\.\n$/,
  );
  expect(await journalOf(bench)).toEqual(['failed 1_a 1/2', 'applied 1_a 0/0']);
  expect(await ledgerOf(bench)).toEqual([]);
  expect(await bench.json('status')).toMatchObject({ entries: [{ version: '1_a', state: 'pending' }] });
  expect(await bench.json('force', '1', '--remove', '--yes')).toMatchObject({
    code: 0,
    status: 'nothing-to-do',
  });
  bench.write({ '1_a.sql': `${OFF}create table a (x int);\nselect 1;` });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '1_a' }] });

  // The way down likewise: whether its work was finished or undone by hand, up goes on.
  for (const [remove, state] of [
    [[], 'applied'],
    [['--remove'], 'pending'],
  ] as const) {
    bench.write({ '2_b.up.sql': 'select 1', '2_b.down.sql': `${OFF}select 1;\n${bench.dialect.fails};` });
    await bench.json('up');
    expect((await bench.run('down', '--yes')).code).toBe(1);
    expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'half-done' } });
    expect((await bench.run('force', '2', ...remove, '--yes')).code).toBe(0);
    expect(await bench.json('status')).toMatchObject({
      problems: [],
      entries: [{}, { version: '2', state }],
    });
  }
});

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

engineCase('W13', async (bench) => {
  bench.write({ '1_a.sql': 'select 1', '2_b.sql': `${OFF}select 1` });
  const { applied } = (await bench.up()) as unknown as {
    applied: { startedAt: string; finishedAt: string }[];
  };
  const { entries, history } = (await bench.json('status', '--history')) as unknown as {
    entries: { startedAt: string; finishedAt: string }[];
    history: { startedAt: string; finishedAt: string }[];
  };
  const moments = [...applied, ...entries, ...history].flatMap(({ startedAt, finishedAt }) => [
    startedAt,
    finishedAt,
  ]);
  expect(moments).toHaveLength(12);
  for (const moment of moments) expect(moment).toMatch(MOMENT);
  expect(entries.map(({ startedAt }) => startedAt)).toEqual(applied.map(({ startedAt }) => startedAt));
  const { stdout } = await bench.run('status', '--history');
  expect(stdout.match(/ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /g)).toHaveLength(2);
  expect(stdout.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /gm)).toHaveLength(2);
  // Another tool's beginning without an end.
  await bench.query(
    `update schema_migrations set finished_at = null, started_at = '2026-10-25T01:59:00.5' where version = '1_a'`,
  );
  expect((await bench.json('verify')).warnings).toEqual([
    {
      code: 'unfinished',
      message: 'migrations/1_a.sql was started at 2026-10-25T01:59:00.5Z and never finished; it runs again.',
    },
  ]);
});

engineCase('W14', async (bench) => {
  bench.write({ '1_a.sql': 'select 1', '2_b.sql': 'select 1', '3_c.sql': 'select 1' });
  await bench.up();
  // Around the hours in which Berlin and New York change their clocks.
  const times = [
    ['1_a', '2026-10-25T01:59:00', '2026-10-25T03:01:00'],
    ['2_b', '2026-03-29T01:59:00', '2026-03-29T03:01:00'],
    ['3_c', '2026-11-01T01:30:00', '2026-11-01T02:32:00'],
  ];
  for (const [version, started, finished] of times) {
    await bench.query('update schema_migrations set started_at = $2, finished_at = $3 where version = $1', [
      version,
      started,
      finished,
    ]);
  }
  for (const TZ of ['UTC', 'Europe/Berlin', 'America/New_York']) {
    const { stdout } = await cli(['status', '--env', 'test'], { folder: bench.folder, env: { TZ } });
    expect(stdout.split('\n').slice(1, -1)).toEqual([
      'state    version  finished                    took',
      'applied  1_a      2026-10-25T03:01:00Z  1 h 02 min',
      'applied  2_b      2026-03-29T03:01:00Z  1 h 02 min',
      'applied  3_c      2026-11-01T02:32:00Z  1 h 02 min',
      'Up to date.',
    ]);
  }
});

engineCase('W15', async (bench) => {
  await bench.query(`alter database "${bench.database.name}" set timezone = 'America/New_York'`);
  await bench.query(
    `create table schema_migrations (version varchar primary key, started_at timestamptz, finished_at timestamptz, checksum text)`,
  );
  await bench.query(
    `insert into schema_migrations values ('1_a', '2026-11-01T05:59:59.25Z', '2026-11-01T06:00:01Z')`,
  );
  bench.write({ '1_a.sql': 'select 1' });
  expect(await bench.json('status')).toMatchObject({
    entries: [{ startedAt: '2026-11-01T05:59:59.25Z', finishedAt: '2026-11-01T06:00:01Z' }],
  });
  expect((await bench.run('status')).stdout.split('\n')[2]).toBe(
    'applied  1_a      2026-11-01T06:00:01Z  1.8 s',
  );
});

engineCase('W16', async (bench) => {
  await up(
    await compile({ '001_old.sql': 'create table a (x int)', '003_c.sql': 'select 3' }),
    bench.settings,
  );
  bench.write({ '002_new.sql': 'create table a (x int)', '003_c.sql': 'select 3' });
  expect(await bench.json('status')).toMatchObject({
    status: 'invalid',
    entries: [
      { version: '002_new', state: 'renamed', was: '001_old' },
      { version: '003_c', state: 'applied' },
    ],
    problems: [{ code: 'renamed' }],
  });
  expect(await told(bench, 'status')).toMatch(
    /\nrenamed {2}002_new, applied as 001_old {2}TIME N ms\n[\s\S]*\nmigrations\/002_new\.sql is what was applied as 001_old\. \[renamed\]\nWhat to do: If it was renamed on purpose, tell the ledger with: registry-jobs renumber\n1 problem: up would refuse to run\.\n$/,
  );
  expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'renamed' } });
  expect(await bench.json('down', '--yes')).toMatchObject({ code: 1, error: { code: 'cannot-plan' } });
  // A deploy that forgives missing files does not run its text a second time.
  const older = await compile({ '002_new.sql': 'create table a (x int)', '003_c.sql': 'select 3' });
  expect(await up(older, bench.settings, { missingFiles: 'warn' })).toMatchObject({
    status: 'nothing-to-do',
    warnings: [
      {
        code: 'renamed',
        message: 'migrations/002_new.sql is what was applied as 001_old; it is not run again.',
      },
    ],
  });
  expect((await bench.run('renumber', '--yes')).code).toBe(0);
  expect(await bench.json('status')).toMatchObject({ status: 'up-to-date', problems: [] });
});

engineCase('W17', async (bench) => {
  await up(await compile({ '1_a.sql': 'select 1' }), bench.settings);
  bench.write({ '2_b.sql': 'select 1', '3_c.sql': 'select 1' });
  expect(await bench.json('renumber', '--yes')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    error: {
      code: 'missing-file',
      message:
        'Version 1_a is applied but has no file; migrations/2_b.sql and migrations/3_c.sql have its text.',
      hint: 'If one of them is what it was, say so: registry-jobs force 2_b, then: registry-jobs force 1_a --remove',
    },
  });
  await bench.query(
    `insert into schema_migrations select '1_z', started_at, finished_at, checksum from schema_migrations`,
  );
  removeFile(bench, '3_c.sql');
  expect(await bench.json('renumber', '--yes')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await ledgerOf(bench)).toEqual(['1_a', '1_z']);
});

engineCase('W18', async (bench) => {
  bench.write({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'select 1' });
  const NOT = 'The tables themselves were not compared.';
  expect(await told(bench, 'verify')).toBe(
    bench.dialect.dialect.name === 'sqlite'
      ? `DB${bench.dialect.place}: there is no such file yet, and nothing to compare.\n`
      : `DB${bench.dialect.place}: no applied file to compare; ${bench.dialect.sound}. ${NOT}\n`,
  );
  await bench.up('--to', '1');
  expect(await told(bench, 'verify')).toBe(
    `DB${bench.dialect.place}: 1 applied file matches the ledger; ${bench.dialect.sound}. ${NOT}\n`,
  );
  await bench.up();
  await bench.query('alter table a add column y int');
  await bench.query(`update schema_migrations set checksum = null where version = '2_b'`);
  expect(await told(bench, 'verify')).toBe(
    `DB${bench.dialect.place}: 1 applied file matches the ledger; 1 applied version has no checksum in it and was not compared; ${bench.dialect.sound}. ${NOT}\n`,
  );
  bench.write({ 'R_v.sql': 'drop view if exists v; create view v as select 1 as x' });
  await bench.up();
  bench.write({ 'R_v.sql': 'drop view if exists v; create view v as select 2 as x' });
  expect(await told(bench, 'verify')).toBe(
    `DB${bench.dialect.place}: 1 applied file matches the ledger; R_v has another text than was applied and is pending; 1 applied version has no checksum in it and was not compared; ${bench.dialect.sound}. ${NOT}\n`,
  );
});

engineCase('W19', async (bench) => {
  const compiled = await compile({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'select 1/0' });
  const state = (report: MigrationReport) => renderMigrationReport(report).split('\n').slice(-2);

  // Less time than is kept for a rollback.
  const late = await up(compiled, bench.settings, { deadline: Date.now() + 9_000 }).catch((error) => error);
  expect(late).toMatchObject({ failed: { version: '1_a', outcome: 'not-started' }, notRun: ['2_b'] });
  expect(renderMigrationReport(late)).toMatch(
    /^Not run migrations\/1_a\.sql\n[\s\S]*\nState: nothing was applied; 1 migration after it was not run\.$/,
  );

  // The first flight with the table takes all connections with it, those that come later as well.
  let isDown = false;
  const toServer = (bytes: Buffer) => {
    isDown ||= bytes.includes('create table a');
    return isDown ? ('cut' as const) : bytes;
  };
  const lost = await withProxy(bench.database.url, { toServer }, (url) => up(compiled, settingsFor(url)));
  expect(lost).toMatchObject({ failed: { outcome: 'unknown', error: { code: 'outcome-unknown' } } });
  expect(renderMigrationReport(lost)).toMatch(/^Unknown migrations\/1_a\.sql after /);
  expect(state(lost)).toEqual([
    'State: whether it was applied is not known; 1 migration after it was sent with it, and may be applied.',
    'Look with: registry-jobs status',
  ]);

  const failed = await up(compiled, bench.settings);
  expect(failed).toMatchObject({ failed: { version: '2_b', outcome: 'rolled-back' }, notRun: [] });
  expect(state(failed).at(-1)).toBe('State: 1 migration before it was applied and stays.');
});
