import { expect, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { renderProvePage } from '../../lib/reports/prove-html.ts';

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

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

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
