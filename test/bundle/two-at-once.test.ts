import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Account, createDeployed, type Deployed, FUNCTION, openAccount } from '../support/remote.ts';

/* Deploys and people who call the one function, or two functions of one database, at the same moment: each call a process of its own. */
let account: Account;
let deployed: Deployed;
beforeAll(async () => {
  account = await openAccount();
});
afterAll(() => account.close());
beforeEach(async () => {
  deployed = await createDeployed(account);
});
afterEach(() => deployed.drop());

const LONG = '-- registry-jobs: detach on\ncreate table a (id int);\nselect pg_sleep(4);\n';
const SHORT = 'create table a (id int);\nselect pg_sleep(1);\n';

async function call(event: object) {
  const url = `${account.service.url}/2015-03-31/functions/${FUNCTION}/invocations`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
  return (await answer.json()) as {
    readonly errorMessage?: string;
    readonly Data?: { readonly done: boolean };
    readonly IsComplete?: boolean;
  };
}

/** As CDK's framework does it: begins, then asks until it is done; the reason where it fails. */
async function deploy(stack: string): Promise<string> {
  const request = { RequestType: 'Update', StackId: stack, PhysicalResourceId: 'staging-migrations' };
  const { Data, errorMessage } = await call(request);
  if (errorMessage !== undefined) return errorMessage;
  for (;;) {
    const { IsComplete, errorMessage: reason } = await call({ ...request, Data });
    if (reason !== undefined) return reason;
    if (IsComplete) return 'done';
  }
}

const attempts = async () =>
  (
    await deployed.database.query('select version, status from schema_migrations_journal order by started_at')
  ).map(({ version, status }) => `${version} ${status}`);

test.each([
  ['runs on in the server', LONG],
  ['is waited for', SHORT],
])(
  'two deploys and up --remote begin at once a file that %s: it is run once, and each has its success',
  async (_, sql) => {
    await deployed.deploy({ '001_a.sql': sql });
    const [one, other, up] = await Promise.all([
      deploy('one'),
      deploy('two'),
      deployed.run('up', '--remote'),
    ]);
    expect([one, other, up.code], up.stderr).toEqual(['done', 'done', 0]);
    expect(await attempts()).toEqual(['001_a applied']);
  },
);

test('a file that fails in the server fails both deploys with its line, and is tried once', async () => {
  await deployed.deploy({ '001_a.sql': `${LONG}select 1 / 0;` });
  const reasons = await Promise.all([deploy('one'), deploy('two')]);
  for (const reason of reasons) expect(reason).toContain('001_a.sql:4:1: division by zero');
  expect(await attempts()).toEqual(['001_a failed']);
});
