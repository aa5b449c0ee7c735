import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ChartLibrary, readChartLibrary } from '../../lib/registry/page/chart-library.ts';
import { assembleHistory } from '../../lib/registry/page/history.ts';
import { renderPage } from '../../lib/registry/page/render.ts';
import type { DepositRow, Report } from '../../lib/registry/page/report.ts';
import { html, scriptJson } from '../../lib/text/html.ts';

const EVIL = `<script>alert(1)</script>"'&\u2028`;
const empty: Report = {
  command: 'report',
  environment: 'test',
  database: 'registry_test',
  createdAt: '2026-03-01T10:00:00.000Z',
  current: [],
  history: { months: [], institutions: [], storageOptions: [], series: [] },
  statistics: [{ name: 'current_deposit_stats' }],
  migrations: [],
};
const deposit: DepositRow = { institution: 'All', files: 1, objects: 1, bytes: 2 ** 30, monthlyCost: 0.5 };

let library: ChartLibrary;
beforeAll(async () => {
  library = await readChartLibrary();
});

test('a template escapes whatever is not HTML already', () => {
  expect(
    html`<b title="${`"'`}">${EVIL.slice(0, 8)} ${html`<i>${1}</i>`} ${[html`&amp;`, html`<br>`]}</b>`.html,
  ).toBe('<b title="&quot;&#39;">&lt;script&gt; <i>1</i> &amp;<br></b>');
});

test('JSON in a script ends neither the script nor a line, and is the same data', () => {
  const text = scriptJson({ name: `</script><!--\u2028\u2029&` }).html;
  expect(text).toBe(String.raw`{"name":"\u003c/script\u003e\u003c!--\u2028\u2029\u0026"}`);
  expect(JSON.parse(text)).toEqual({ name: `</script><!--\u2028\u2029&` });
});

describe('the page', () => {
  test('says what there is not', () => {
    const page = renderPage(empty, library);
    expect(page).toContain('The statistics were never refreshed');
    expect(page).toContain('There is no history yet');
    expect(page).toContain('No migration has been recorded yet');
    expect(page).toContain('<span class="bad">never</span>');
  });

  test('shows names, errors and everything else as text', () => {
    const page = renderPage(
      {
        ...empty,
        database: EVIL,
        environment: EVIL,
        current: [{ ...deposit, institutionId: 1, institution: EVIL, storageOption: EVIL }],
        history: {
          months: ['2026-01'],
          institutions: [{ id: 1, name: EVIL }],
          storageOptions: [{ name: EVIL, prices: [1] }],
          series: [{ institutionId: 1, storageOption: EVIL, files: [1], bytes: [1] }],
        },
        statistics: [{ name: EVIL }],
        migrations: [{ ...attempt, version: EVIL, file: EVIL, who: EVIL, toolVersion: EVIL, error: EVIL }],
      },
      library,
    );
    expect(page).not.toContain('<script>alert');
    expect(page.match(/&lt;script&gt;alert\(1\)/g)?.length).toBeGreaterThanOrEqual(10);
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script/g)).toHaveLength(3);
  });

  test('allows what is in it by its hash, and nothing else', () => {
    const page = renderPage(empty, library);
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const parts = [...page.matchAll(/<(?:script|style)>(.*?)<\/(?:script|style)>/gs)].map(
      ([, text = '']) => text,
    );
    expect(parts).toHaveLength(4);
    for (const text of parts) {
      const hash = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`&#39;sha256-${hash}&#39;`);
    }
    expect(policy.replaceAll('&#39;', "'")).toMatch(/^default-src 'none'; /);
    const own = page.replace(library.script, '');
    expect(own).not.toMatch(/<[^>]*\s(?:src|href|style|on\w+)\s*=|url\(|@import|https?:/i);
    expect(page).toContain('Permission is hereby granted, free of charge');
  });

  test('sorts sizes and costs by more digits than it shows', () => {
    const rows = [
      deposit,
      { ...deposit, institutionId: 1, institution: 'A', bytes: 1_234_567_891, monthlyCost: 1 / 3 },
    ];
    const page = renderPage({ ...empty, current: rows }, library);
    expect(page).toContain(
      '<th scope=row>A<td>All<td>1<td>1<td data-k=1234567891>1.15<td data-k=0.333333>0.33\n',
    );
    expect(page).toContain(
      '<tfoot><tr><th scope=row>All institutions<td>All<td>1<td>1<td data-k=1073741824>1.00',
    );
  });

  test('tells of attempts at migrations: outcome, version, who, when, how long', () => {
    const failed = {
      ...attempt,
      status: 'failed',
      error: '3:30: no such column',
      version: '015_labels',
    } as const;
    const page = renderPage({ ...empty, migrations: [failed, { ...attempt, direction: 'down' }] }, library);
    expect(page).toContain(
      '<th scope="row">015_labels<td><span class="bad">✗ failed</span><div class="error">3:30: no such column</div>' +
        '<td data-l="Started"><time datetime="2026-03-01T09:00:00.000Z">2026-03-01 09:00:00 UTC</time>' +
        '<td class="number" data-l="Duration">1.3 s<td data-l="By">ada@engine<td data-l="Tool">0.1.0\n',
    );
    expect(page).toContain('<span class="good">✓ taken back</span>');
  });

  test('breaks a number that is too long for a narrow screen after a comma only', () => {
    const page = renderPage(
      { ...empty, current: [{ ...deposit, files: 1_234_567_890, objects: 1_234_567 }] },
      library,
    );
    expect(page).toContain('<td>1,<wbr>234,<wbr>567,<wbr>890<td>1,234,567<td');
  });

  test('says of the last point of the chart what it is, where there is one', () => {
    const history = {
      months: ['2026-02'],
      institutions: [{ id: 1, name: 'A' }],
      storageOptions: [{ name: 'S3-VA', prices: [1] }],
      series: [{ institutionId: 1, storageOption: 'S3-VA', files: [1], bytes: [1] }],
    };
    const pageAt = (refreshedAt: string) =>
      renderPage(
        {
          ...empty,
          history,
          current: [deposit],
          statistics: [{ name: 'current_deposit_stats', refreshedAt }],
        },
        library,
      );
    const note = 'the last point is what there is now, as in the table below';
    expect(pageAt('2026-02-03T04:05:06Z')).toContain(note);
    expect(pageAt('2026-02-03T04:05:06Z')).toContain('"moments":["2026-02","2026-02-03T04:05:06Z"]');
    expect(pageAt('2026-01-31T04:05:06Z')).not.toContain(note);
    expect(pageAt('2026-01-31T04:05:06Z')).toContain('"moments":["2026-02"]');
  });

  test('of 30 institutions with 13 options in 155 months stays below 300 kB, whatever is stored', () => {
    expect(Buffer.byteLength(renderPage(largeReport(), library))).toBeLessThan(300_000);
  });
});

test('rows are put on one axis of months, with zeros where there are none', () => {
  const history = assembleHistory({
    months: ['2025-12', '2026-01', '2026-02'].map((month) => ({ month })),
    institutions: [{ id: '7', name: 'A' }],
    prices: [{ option: 'S3-VA', month: '2026-01', price: 0.023 }],
    cells: [
      { institution: '7', option: 'S3-VA', months: ['2026-02', '2030-01'], files: [3, 9], bytes: [4, 9] },
    ],
  });
  expect(history.storageOptions).toEqual([{ name: 'S3-VA', prices: [0, 0.023, 0] }]);
  expect(history.series).toEqual([
    { institutionId: 7, storageOption: 'S3-VA', files: [0, 0, 3], bytes: [0, 0, 4] },
  ]);
});

const attempt = {
  runId: '0',
  version: '014_alert_types',
  file: '014_alert_types.sql',
  checksum: '',
  direction: 'up',
  transaction: true,
  status: 'applied',
  statements: 1,
  done: 1,
  startedAt: '2026-03-01T09:00:00.000Z',
  finishedAt: '2026-03-01T09:00:01.250Z',
  who: 'ada@engine',
  dbUser: 'registry',
  toolVersion: '0.1.0',
} as const;

/** Every institution adds files to every option in every month: more than ever happens. */
function largeReport(): Report {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const months = Array.from(
    { length: 155 },
    (_, at) => `${2014 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`,
  );
  const options = Array.from({ length: 13 }, (_, at) => `Storage-Option-${at}`);
  const institutions = Array.from({ length: 30 }, (_, at) => ({
    id: at + 1,
    name: `University of Somewhere ${at}`,
  }));
  const series = institutions.flatMap(({ id }) =>
    options.map((storageOption) => {
      const files: number[] = [];
      const bytes: number[] = [];
      for (const _ of months) {
        const added = Math.floor(random() * 330);
        files.push((files.at(-1) ?? 0) + added);
        bytes.push((bytes.at(-1) ?? 0) + Math.floor(added * random() * 4e7));
      }
      return { institutionId: id, storageOption, files, bytes };
    }),
  );
  const row = { files: 25_000, objects: 400, bytes: 1_234_567_890_123, monthlyCost: 123.456 };
  const current = institutions.flatMap(({ id, name }) => [
    { ...row, institutionId: id, institution: name },
    ...options.map((storageOption) => ({ ...row, institutionId: id, institution: name, storageOption })),
  ]);
  return {
    ...empty,
    current,
    history: {
      months,
      institutions,
      storageOptions: options.map((name) => ({ name, prices: months.map(() => 0.02) })),
      series,
    },
    migrations: Array.from({ length: 20 }, () => attempt),
  };
}
