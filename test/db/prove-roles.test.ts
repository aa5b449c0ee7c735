import { expect, inject, test } from 'vitest';
import { prove } from '../../lib/jobs/prove.ts';
import { queryOnce } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { told } from '../support/prove.ts';
import type { Files } from '../support/prove-truths.ts';

/** The server of the tests is not thrown away: roles have names that nobody else uses. */
const ROLE = `prove_roles_${crypto.randomUUID().slice(0, 8)}`;

async function proveTwice(files: Files, mayMakeRoles = false) {
  const { database, ledger } = settingsFor(inject('serverUrl'));
  const compiled = await compile(files);
  const options = { source: 'the server of the tests', ledger, mayMakeRoles };
  // What the first one leaves the second one meets.
  return [await prove(database, compiled, options), await prove(database, compiled, options)];
}

const roles = () =>
  queryOnce(inject('serverUrl'), `select rolname from pg_roles where rolname like '${ROLE}%'`);

test.each<[string, Files, readonly string[]]>([
  [
    'without a transaction',
    { '001_a.sql': `-- registry-jobs: transaction off\ncreate role ${ROLE} nologin;` },
    [`rerun-fails 001_a.sql:2: role "${ROLE}" already exists`],
  ],
  [
    'and a table that is there already, in a transaction',
    { '001_a.sql': `create role ${ROLE};\ncreate table t (id int);\nalter table t owner to ${ROLE};` },
    [`rerun-fails 001_a.sql:1: role "${ROLE}" already exists`],
  ],
  [
    'which a way back drops, beside a pair that is not undone with it',
    {
      '1_a.up.sql': 'create table a (id int);',
      '1_a.down.sql': 'drop table a;',
      '2_b.up.sql': `create role ${ROLE};\ngrant select on a to ${ROLE};`,
      '2_b.down.sql': `revoke select on a from ${ROLE};\ndrop role ${ROLE};`,
    },
    [],
  ],
  [
    'which a way back forgets',
    {
      '1_a.up.sql': `create role ${ROLE};`,
      '1_a.down.sql': 'select 1;',
    },
    [`up-again-fails 1_a.up.sql:1: role "${ROLE}" already exists`],
  ],
  [
    'or drops, where another file needs it late',
    {
      '001_a.sql': `do $$ begin if to_regrole('${ROLE}') is null then create role ${ROLE}; end if; end $$;`,
      '002_b.sql': `create table if not exists t (id int);\ngrant select on t to ${ROLE};`,
      '003_c.sql': `create index concurrently if not exists t_id on t (id);`,
    },
    [],
  ],
])(
  "a role is the server's, and no trial of a file meets that of another trial: one made %s",
  async (_, files, found) => {
    for (const report of await proveTwice(files)) expect(told(report)).toEqual(found);
    expect(await roles()).toEqual([]);
  },
);

test('a role that a trial drops is there again for the next, as it was', async () => {
  const url = inject('serverUrl');
  await queryOnce(url, `create role ${ROLE} createdb connection limit 3`);
  try {
    const files = {
      '001_a.sql': `-- registry-jobs: transaction off\ndrop role ${ROLE};`,
      '002_b.sql': 'create table if not exists t (id int);',
    };
    const [report] = await proveTwice(files);
    expect(report && told(report)).toEqual([`rerun-fails 001_a.sql:2: role "${ROLE}" does not exist`]);
    const attributes = `select rolcreatedb, rolconnlimit, rolcanlogin from pg_roles where rolname = '${ROLE}'`;
    expect(await queryOnce(url, attributes)).toEqual([
      { rolcreatedb: true, rolconnlimit: 3, rolcanlogin: false },
    ]);
  } finally {
    await queryOnce(url, `drop role if exists ${ROLE}`);
  }
});

test('a role that is missing is made without a transaction as well as in one, and stays', async () => {
  const off = '-- registry-jobs: transaction off\n';
  const files = {
    '001_a.sql': `${off}create table if not exists t (id int);\ngrant select on t to ${ROLE};`,
  };
  try {
    const [report] = await proveTwice(files, true);
    expect(report).toMatchObject({ status: 'proved', files: [{ notes: [{ code: 'made-role' }] }] });
    expect(await roles()).toEqual([{ rolname: ROLE }]);
  } finally {
    await queryOnce(inject('serverUrl'), `drop role if exists ${ROLE}`);
  }
});
