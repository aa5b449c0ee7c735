import { expect, test } from 'vitest';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';

const SQL = String.raw`do $$ begin
  raise notice E'\033[2Jhello\nApplied m/999_fake.sql in 1 ms';
  raise exception E'no\r\nState: all is well.' using detail = E'\nWhat to do: \033[31mnothing';
end $$;`;

test('what the server says does not act on a terminal, nor look like a line of ours', async () => {
  const database = await createTestDatabase();
  try {
    const folder = createProject({ 'migrations/001_a.sql': SQL }, database);
    const plain = await cliInProcess(['up', '-e', 'test'], { folder });
    expect(plain.stderr).toBe(`[1/1] migrations/001_a.sql
NOTICE migrations/001_a.sql:1: \u241B[2Jhello
  | Applied m/999_fake.sql in 1 ms
`);
    expect(plain.stdout).toContain('001_a.sql:1:1: no\u240D\n  | State: all is well. (SQLSTATE P0001)');
    expect(plain.stdout).toContain('DETAIL: \n  | What to do: \u241B[31mnothing\nCONTEXT: ');
    const live = await cliInProcess(
      ['up', '-e', 'test'],
      { folder },
      { isTerminal: true, hasColor: true, columns: () => 200 },
    );
    const ours = ['\r\u001B[2K', '\u001B[31m', '\u001B[39m'];
    const foreign = ours.reduce((text, one) => text.replaceAll(one, ''), live.stderr + live.stdout);
    expect(foreign).not.toContain('\u001B');
    expect(foreign).not.toContain('\r');
    const json = JSON.parse((await cliInProcess(['up', '-e', 'test', '--json'], { folder })).stdout);
    expect(json.failed.notices[0].message).toBe('\u001B[2Jhello\nApplied m/999_fake.sql in 1 ms');
    expect(json.failed.error.message).toBe('no\r\nState: all is well.');
    const history = await cliInProcess(['status', '--history', '-e', 'test'], { folder });
    expect(history.stdout).not.toMatch(/^State|\r/m);
  } finally {
    await database.drop();
  }
});
