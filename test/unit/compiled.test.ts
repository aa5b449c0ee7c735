import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readCompiled } from '../../lib/migrations/compiled.ts';
import { compile } from '../support/migrations.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const again = 'Build and deploy the bundle again.';

test('what was compiled is read as it was, and anything else is named', async () => {
  const file = path.join(temporaryFolder(), 'migrations.json');
  const compiled = await compile({ '1_a.up.sql': 'select 1;', '1_a.down.sql': 'select 2', 'R_v.sql': '' });
  const json = JSON.stringify(compiled);
  writeFileSync(file, json);
  expect(await readCompiled(file)).toEqual(compiled);

  const garbled = structuredClone(compiled) as unknown as { migrations: { up: Record<string, unknown> }[] };
  delete garbled.migrations[0]?.up.statements;
  const damaged = 'The compiled migrations are cut off or damaged: they are no JSON.';
  const other = 'The compiled migrations are of another version of registry-jobs.';
  const missing = 'The compiled migrations are damaged: something is missing in them.';
  const files: [string, string][] = [
    [json.slice(0, json.length / 2), damaged],
    [json.slice(0, -1), damaged],
    ['', damaged],
    ['\0'.repeat(100), damaged],
    [json.replace('{', '{{'), damaged],
    ['null', other],
    ['[]', other],
    ['"text"', other],
    [json.replace(/"formatVersion":\d+/, '"formatVersion":2'), other],
    [JSON.stringify({ ...compiled, migrations: {} }), missing],
    [JSON.stringify({ ...compiled, migrations: [null] }), missing],
    [JSON.stringify(garbled), missing],
  ];
  for (const [text, message] of files) {
    writeFileSync(file, text);
    await expect(readCompiled(file)).rejects.toMatchObject({ code: 'bad-bundle', message, hint: again });
  }
  await expect(readCompiled(`${file}.not`)).rejects.toMatchObject({
    code: 'bad-bundle',
    message: 'The compiled migrations cannot be read.',
    hint: again,
  });
});
