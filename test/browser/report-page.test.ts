import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readChartLibrary } from '../../lib/registry/page/chart-library.ts';
import { renderPage } from '../../lib/registry/page/render.ts';
import type { Report } from '../../lib/registry/page/report.ts';
import { executable, tellNoChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

tellNoChromium('the page of `report`');

const EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>';
const GIB = 2 ** 30;
const institutions = [EVIL, 'Zeta College', 'alpha University', 'Museum'].map((name, index) => ({
  id: index + 1,
  name,
}));
const options = ['Glacier-OH', 'S3-VA'];
const report: Report = {
  command: 'report',
  environment: EVIL,
  database: 'registry_test',
  createdAt: '2026-03-01T10:00:00.000Z',
  current: [
    { institution: 'All Institutions', files: 1_330, objects: 11, bytes: 1_125 * GIB, monthlyCost: 0.001 },
    ...options.map((storageOption) => ({
      institution: 'All Institutions',
      storageOption,
      files: 665,
      objects: 6,
      bytes: 562.5 * GIB,
      monthlyCost: 0.0005,
    })),
    ...institutions.flatMap(({ id, name }) =>
      [undefined, ...options].map((storageOption) => ({
        institutionId: id,
        institution: name,
        ...(storageOption && { storageOption }),
        // In the order of size: 4, 1, 3, 2; a text order of these numbers would be another.
        files: ([10, 1_000, 20, 300][id - 1] ?? 0) / (storageOption ? 2 : 1),
        objects: id,
        bytes: (([100, 5, 20, 1_000][id - 1] ?? 0) * GIB) / (storageOption ? 2 : 1),
        monthlyCost: id / (storageOption ? 20_000 : 10_000),
      })),
    ),
  ],
  history: {
    months: ['2025-12', '2026-01', '2026-02', '2026-03'],
    institutions,
    storageOptions: options.map((name) => ({ name, prices: [1, 1, 1, 2] })),
    series: institutions.flatMap(({ id }) =>
      options.map((storageOption) => ({
        institutionId: id,
        storageOption,
        files: [0, id, 10 * id, 100 * id],
        bytes: [0, id * GIB, 2 * id * GIB, 4 * id * GIB],
      })),
    ),
  },
  statistics: [{ name: 'current_deposit_stats', refreshedAt: '2026-03-01T09:00:00Z' }],
  migrations: [],
};

describe.skipIf(!executable)('in a browser, the page', () => {
  let browser: Browser;
  let url: string;
  let ordinary: BrowserContext | undefined;
  let current: Page | undefined;
  /** What no page may have caused: messages on the console, errors, dialogs, and requests for anything but itself. */
  const complaints: string[] = [];

  beforeAll(async () => {
    // A page with one small chart is painted sooner than another process for it is started.
    browser = await chromium.launch({
      args: ['--disable-gpu'],
      ...(executable && { executablePath: executable }),
    });
    const file = path.join(temporaryFolder(), 'report.html');
    writeFileSync(file, renderPage(report, await readChartLibrary()));
    url = pathToFileURL(file).href;
  });
  afterAll(async () => {
    await browser?.close();
    expect(complaints).toEqual([]);
  });

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    // Pages of one context share a process, and closed ones do no more work.
    ordinary ??= await browser.newContext();
    const context = Object.keys(options).length === 0 ? ordinary : await browser.newContext(options);
    await current?.close();
    const page = await context.newPage();
    current = page;
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error.stack)));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(request.url());
    });
    await page.goto(url);
    return page;
  };
  const names = (page: Page) => page.locator('#deposits tbody:visible tr > th').allInnerTexts();
  const legend = async (page: Page) =>
    (await page.locator('#legend tr').allInnerTexts()).map((text) =>
      text
        .trim()
        .split(/\s*\t\s*/)
        .slice(0, 2)
        .join(': '),
    );

  test('shows a name that is a script as the text it is', async () => {
    const page = await open();
    expect(await names(page)).toContain(EVIL);
    expect(await page.locator('#institution option').allInnerTexts()).toContain(EVIL);
    await page.check('input[value=institution][name=split]', { force: true });
    expect(await page.locator('#legend').innerText()).toContain(EVIL);
    expect(await page.locator('img').count()).toBe(0);
  });

  test('cannot load anything, even if it tried', async () => {
    const page = await open();
    const blocked = await page.evaluate(() =>
      fetch('https://registry.example/').then(
        () => 'loaded',
        () => 'blocked',
      ),
    );
    expect(blocked).toBe('blocked');
    // The browser says so on its console, and asks nobody.
    for (const complaint of complaints.splice(0)) expect(complaint).toContain('Content Security Policy');
  });

  test('sorts by click: the largest first, then the smallest; names by the alphabet', async () => {
    const page = await open();
    const [evil, zeta, alpha, museum] = institutions.map(({ name }) => name);
    expect(await names(page)).toEqual([museum, evil, alpha, zeta]);
    const files = page.getByRole('button', { name: 'Files' });
    await files.click();
    expect(await names(page)).toEqual([zeta, museum, alpha, evil]);
    await files.click();
    expect(await names(page)).toEqual([evil, alpha, museum, zeta]);
    await page.getByRole('button', { name: 'Institution' }).click();
    expect(await names(page)).toEqual([evil, alpha, museum, zeta]);
    // Equal to the eye, since a cent is the least that is shown.
    await page.getByRole('button', { name: 'USD per month' }).click();
    expect(await names(page)).toEqual([museum, alpha, zeta, evil]);
    expect(await page.locator('#deposits tfoot th').innerText()).toBe('All institutions');
  });

  test('sorts by keyboard, and tells assistive technology', async () => {
    const page = await open();
    const sorted = () =>
      page
        .locator('#deposits thead th')
        .evaluateAll((heads) => heads.map((head) => head.getAttribute('aria-sort')));
    expect(await sorted()).toEqual([null, null, null, null, 'descending', null]);
    await page.locator('#deposits thead button').first().focus();
    await page.keyboard.press('Enter');
    expect(await sorted()).toEqual(['ascending', null, null, null, null, null]);
    await page.keyboard.press('Space');
    expect(await sorted()).toEqual(['descending', null, null, null, null, null]);
    expect((await names(page))[0]).toBe('Zeta College');
    await page.keyboard.press('Tab'); // past the column that is not shown, to the files
    await page.keyboard.press('Enter');
    expect(await sorted()).toEqual([null, null, 'descending', null, null, null]);
  });

  test('shows institutions, storage options, or both', async () => {
    const page = await open();
    const rows = () => page.locator('#deposits tbody tr:visible').count();
    expect(await rows()).toBe(4);
    await page.check('input[value=option][name=rows]', { force: true });
    expect(await rows()).toBe(2);
    await page.check('input[value=both][name=rows]', { force: true });
    expect(await rows()).toBe(8);
  });

  test('draws what is asked for: measure, split, and one institution or storage option', async () => {
    const page = await open();
    // At its end the chart says what the figures and the table say.
    await page.check('input[value=files]', { force: true });
    expect((await legend(page)).at(-1)).toBe('Total: 1,330');
    expect(await page.locator('.figures dd').nth(1).innerText()).toBe('1,330');
    expect(await page.locator('#deposits tfoot td').nth(1).innerText()).toBe('1,330');
    await page.check('input[value=institution][name=split]', { force: true });
    expect(await legend(page)).toEqual([
      `${EVIL}: 10`,
      'alpha University: 20',
      'Museum: 300',
      'Zeta College: 1,000',
      'Total: 1,330',
    ]);
    await page.check('input[value=bytes]', { force: true });
    await page.check('input[value=option][name=split]', { force: true });
    await page.locator('#moment').press('ArrowLeft');
    expect(await legend(page)).toEqual(['S3-VA: 40.0 GiB', 'Glacier-OH: 40.0 GiB', 'Total: 80.0 GiB']);
    const before = await painted(page);
    await page.check('input[value=cost]', { force: true });
    expect(await legend(page)).toEqual(['S3-VA: $80.00', 'Glacier-OH: $80.00', 'Total: $160']);
    await page.selectOption('#institution', { label: 'Museum' });
    expect(await legend(page)).toEqual(['S3-VA: $32.00', 'Glacier-OH: $32.00', 'Total: $64.00']);
    await page.check('input[value=files]', { force: true });
    await page.check('input[value=institution][name=split]', { force: true });
    await page.selectOption('#option', { label: 'S3-VA' });
    expect((await legend(page)).slice(-2)).toEqual(['Zeta College: 200', 'Total: 1,000']);
    expect(before).toBeGreaterThan(5);
  });

  test('goes through the months by keyboard', async () => {
    const page = await open();
    await page.locator('#moment').focus();
    expect(await page.locator('#legend-moment').innerText()).toBe('2026-03-01 09:00:00 UTC (current)');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#legend-moment').innerText()).toBe('2026-02-01 00:00:00 UTC');
    expect((await legend(page)).at(-1)).toBe('Total: 40.0 GiB');
    expect(await page.locator('#moment').getAttribute('aria-valuetext')).toBe(
      '2026-02-01 00:00:00 UTC: 40.0 GiB',
    );
    // One form of date everywhere, with its zone.
    const text = await page.locator('body').innerText();
    const dates = text.match(/\d{4}-\d\d(-\d\d)?.{0,13}|\b(Jan|Feb|Mar|Dec)[a-z]* \d.*|\d+\/\d+\/\d+/g) ?? [];
    expect(dates.length).toBeGreaterThan(4);
    for (const date of dates) expect(date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  });

  test('follows the mouse over the chart', async () => {
    const page = await open();
    const box = await page.locator('.u-over').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 1, (box?.y ?? 0) + 20);
    await expect.poll(() => page.locator('#legend-moment').innerText()).toBe('2025-12-01 00:00:00 UTC');
  });

  test('is dark where everything is dark, at once, and light again on paper', async () => {
    const page = await open({ colorScheme: 'dark' });
    const background = () =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('section')).backgroundColor`);
    const isDark = (color: string) => Number(/\d+/.exec(color)?.[0]) < 64;
    expect(isDark(await background())).toBe(true);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(isDark(await background())).toBe(false);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate(`void dispatchEvent(new Event('beforeprint'))`);
    expect(isDark(await background())).toBe(false);
    await page.evaluate(`void dispatchEvent(new Event('afterprint'))`);
    expect(isDark(await background())).toBe(true);
    expect(await painted(page)).toBeGreaterThan(5);
  });

  test('is never wider than the screen, cuts nothing off, and has nothing to scroll inside it', async () => {
    const page = await open();
    await page.check('input[value=institution][name=split]', { force: true });
    for (const width of [320, 360, 768, 1_280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const rows of ['institution', 'option', 'both']) {
        await page.check(`input[value=${rows}][name=rows]`, { force: true });
        const found = await page.evaluate<Layout>(LAYOUT);
        expect(found, `${width} pixels, ${rows}`).toEqual({
          width,
          scrollers: [],
          beyond: [],
          segments: [1, 1, 1],
        });
      }
      const chart = await page.locator('#chart').boundingBox();
      const canvas = await page.locator('#chart canvas').boundingBox();
      expect(canvas?.width).toBe(chart?.width);
      expect(await smallerThan(page, 24)).toEqual([17, []]);
    }
  });

  test('what can be operated is large enough for a finger', async () => {
    const page = await open({ viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true });
    await page.check('input[value=both][name=rows]', { force: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await smallerThan(page, 44)).toEqual([17, []]);
  });

  test('marks neighbours in the chart so that they differ without colour, and alike in the legend', async () => {
    const page = await open();
    await page.check('input[value=institution][name=split]', { force: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // The chart is painted anew with a frame.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      // 0 is as the background and 1 as the layer: what is left of a pattern, where nobody sees colours.
      const shapes = await page.evaluate<string[]>(`{
        const shapeOf = (canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const dots = [...new Uint32Array(data.buffer)];
          const background = document.createElement('canvas').getContext('2d');
          background.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface');
          background.fillRect(0, 0, 1, 1);
          const [blank] = new Uint32Array(background.getImageData(0, 0, 1, 1).data.buffer);
          // The edges of slanted lines are in between.
          const counts = dots.reduce((all, dot) => all.set(dot, (all.get(dot) ?? 0) + 1), new Map());
          const [[fill]] = [...counts].sort(([, a], [, b]) => b - a);
          const light = (dot) => (dot & 255) + ((dot >> 8) & 255) + ((dot >> 16) & 255);
          const isNearer = (dot) => Math.abs(light(dot) - light(blank)) < Math.abs(light(dot) - light(fill));
          return dots.map((dot) => (isNearer(dot) ? 0 : 1)).join('');
        };
        [...document.querySelectorAll('#legend canvas')].map(shapeOf);
      }`);
      expect(shapes).toHaveLength(4);
      expect(new Set(shapes).size).toBe(4);
    }
  });

  test('without JavaScript still has its table, and says what is missing', async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.locator('#deposits tbody tr:visible').count()).toBe(14);
    expect(await page.locator('noscript').innerText()).toContain('needs JavaScript');
  });
});

/** How many things can be operated, and those of them that are less high or wide than so many pixels. */
async function smallerThan(page: Page, least: number): Promise<[number, unknown[]]> {
  const sizes = await page
    .locator('.segments label, select:visible, #moment, thead button:visible, summary')
    .evaluateAll((elements) =>
      elements.map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return { text: element.textContent?.trim().slice(0, 20), size: Math.min(width, height) };
      }),
    );
  return [sizes.length, sizes.filter(({ size }) => size < least)];
}

interface Layout {
  readonly width: number;
  readonly scrollers: readonly string[];
  readonly beyond: readonly string[];
  readonly segments: readonly number[];
}

/** How wide the page is; what has more inside than it shows; which text ends beyond what holds it; lines of each control. */
const LAYOUT = `{
  const visible = [...document.querySelectorAll("body *:not(wbr)")].filter((it) => it.checkVisibility());
  const inMain = visible.filter((it) => it.closest('header, main') && !it.closest('#chart, select, .segments input'));
  const label = (it) => it.tagName + ' ' + it.textContent.slice(0, 30);
  ({
    width: document.documentElement.scrollWidth,
    scrollers: inMain.filter((it) => /auto|scroll/.test(getComputedStyle(it).overflow)).map(label),
    beyond: inMain
      .filter((it) => {
        const { left, right } = it.getBoundingClientRect();
        const around = (it.closest('section, .figures div') ?? document.body).getBoundingClientRect();
        return left < around.left - 1 || right > around.right + 1 || it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0;
      })
      .map(label),
    segments: [...document.querySelectorAll('.segments')].map(
      (it) => new Set([...it.children].map((child) => child.getBoundingClientRect().top)).size,
    ),
  });
}`;

/** How many colours the chart has: an empty canvas has one. */
function painted(page: Page): Promise<number> {
  return page.evaluate<number>(`{
    const canvas = document.querySelector('#chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    new Set(new Uint32Array(data.buffer)).size;
  }`);
}
