import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderReference } from '../../lib/cli/reference.ts';

const reference = renderReference();

test('docs/reference/cli.md is up to date; if not: npm run reference', () => {
  const written = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
  expect(written.replaceAll('\r\n', '\n')).toBe(reference);
});

test('a command has its usage, arguments, options with defaults, and examples', () => {
  const section = reference.split(/^## /m).find((text) => text.startsWith('registry-jobs new\n'));
  expect(section?.trimEnd()).toBe(`registry-jobs new

Create the next migration file.

\`\`\`sh
registry-jobs new|create [options] <title>
\`\`\`

| argument |  |
| --- | --- |
| \`title\` | What the migration does. |

| option |  | default |
| --- | --- | --- |
| \`-e, --env <environment>\` | The environment whose settings are used. Also set by \`REGISTRY_JOBS_ENVIRONMENT\`. | \`development\` |
| \`-m, --migrations <folder>\` | The folder of SQL files (env: REGISTRY_JOBS_MIGRATIONS). | \`migrations\` |
| \`--versioned\` | A pair of up and down files, with the time as version. |  |
| \`--json\` | Write one JSON document to standard output. |  |

Examples:

\`\`\`sh
registry-jobs new "add alert types"
registry-jobs new --versioned "split names"
\`\`\``);
});

test('the environment of whoever makes it is not in it', () => {
  process.env.REGISTRY_JOBS_ENVIRONMENT = 'somewhere';
  try {
    expect(renderReference()).toBe(reference);
  } finally {
    delete process.env.REGISTRY_JOBS_ENVIRONMENT;
  }
});
