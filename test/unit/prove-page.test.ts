import { expect, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { renderProvePage } from '../../lib/reports/prove-html.ts';
import { contrast } from '../support/contrast.ts';

const EVIL = '<script>alert(1)</script>';
const report: ProveReport = {
  command: 'prove',
  format: 1,
  status: 'findings',
  server: { version: '18.4', source: 'an embedded server' },
  files: [
    {
      file: `migrations/001_${EVIL}.sql`,
      version: '001',
      checksum: 'c',
      statements: 4,
      checks: {
        once: 'ok',
        twice: 'failed',
        stopped: 'failed',
        late: 'not-shown',
        down: 'not-asked',
        'up-again': 'not-asked',
      },
      stops: { tried: 3, failed: 2 },
      locks: [],
      findings: [
        {
          code: 'rerun-damages',
          message: 'Run again, it leaves something else, without an error.',
          location: { file: 'migrations/001.sql', line: 3, column: 1 },
          excerpt: `3 | select '${EVIL}';\n  | ^`,
          differences: [{ kind: 'rows', name: 'public.t', before: '1', after: '2' }],
          hint: 'Let it ask.',
        },
      ],
      notes: [],
    },
  ],
  findings: [],
  set: { again: 'ok', chain: 'not-asked' },
  trials: 4,
  copies: 1,
  durationMs: 1_500,
};

test('the page has the matrix and what was found, and nothing in it becomes markup', () => {
  const page = renderProvePage(report);
  expect(page).not.toContain('<script');
  expect(page).toContain('<td class="failed">✗ 2 of 3</td><td class="not-shown">? not shown</td></tr>');
  // What has no meaning for any of the files has no column.
  expect(page).not.toContain('up again');
  expect(page).toContain('<h2>migrations/001.sql:3:1</h2>');
  expect(page).toContain('<li>public.t holds 2 rows, and not 1</li>');
  expect(page).toContain('<p>What to do: Let it ask.</p>');
  expect(page).not.toMatch(/\b(?:src|href)=/);
});

test('words stand out from what is behind them by 4.5 to 1, light and dark', () => {
  const themes = [...renderProvePage(report).matchAll(/:root \{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map([...body.matchAll(/--(\w+): (#\w{6})/g)].map(([, name = '', color = '']) => [name, color])),
  );
  expect(themes).toHaveLength(2);
  for (const theme of themes)
    for (const [ink, paper] of [
      ['ink', 'paper'],
      ['soft', 'paper'],
      ['ok', 'okay'],
      ['bad', 'badly'],
      ['unknown', 'unknowing'],
    ] as const)
      expect(contrast(theme.get(ink) ?? '', theme.get(paper) ?? '')).toBeGreaterThanOrEqual(4.5);
});
