import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderChannelPage } from '../../lib/reports/operators-page.ts';
import type { InspectedEntry } from '../../lib/reports/operators-read.ts';
import { executable, tellNoChromium } from '../support/chromium.ts';
import { contrast } from '../support/contrast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

tellNoChromium('the page of `operators inspect`');

const EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>';
const BUNDLES = 500;

/** A chain of many, with what a channel may have beside it. */
const chain = Array.from({ length: BUNDLES }, (_, index): InspectedEntry => {
  const number = BUNDLES - index;
  return {
    name: number === 3 ? EVIL : `an-operator-of-a-long-name.v1.${number}.0`,
    version: `1.${number}.0`,
    ...(number > 1 && { replaces: number === 4 ? EVIL : `an-operator-of-a-long-name.v1.${number - 1}.0` }),
    skips: number % 7 === 0 ? [`an-operator-of-a-long-name.v1.${number}.0-rc.1`] : [],
    ...(number % 10 === 0 && { skipRange: `>=1.0.0 <1.${number}.0` }),
    isDeprecated: number === 1,
    isBundle: true,
  };
});
const skipped = chain.flatMap(({ skips }) => skips);
const page = renderChannelPage({
  command: 'operators inspect',
  database: 'index.db',
  package: 'an-operator-of-a-name-that-is-rather-long',
  channel: 'stable',
  entries: [...chain, ...skipped.map((name) => ({ name, skips: [], isDeprecated: false, isBundle: false }))],
} as unknown as Parameters<typeof renderChannelPage>[0]);

/** What each text is drawn in, and on; colours as #rrggbb. */
const COLOURS = `{
  const hex = (text) =>
    '#' + (text.match(/[0-9]+/g) ?? []).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, '0')).join('');
  const isClear = (it) => getComputedStyle(it).backgroundColor === 'rgba(0, 0, 0, 0)';
  const texts = [...document.querySelectorAll('body *')].filter((it) =>
    [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
  );
  [...new Set(texts.map((it) => {
    let around = it;
    while (around.parentElement && isClear(around)) around = around.parentElement;
    return hex(getComputedStyle(it).color) + ' ' + hex(getComputedStyle(around).backgroundColor);
  }))];
}`;

interface Places {
  readonly width: number;
  /** How many marks go over two lines, and how many things end beyond the window. */
  readonly broken: number;
  readonly cut: number;
  /** How far notes are set in, of the chain and of what is beside it. */
  readonly indents: readonly number[];
  /** Where the middle of a dot is, and of the line below it. */
  readonly centres: readonly number[];
}

/** Where things are, in pixels. */
const PLACES = `{
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const link = document.querySelectorAll('li.link')[1];
  const [dot, line] = ['::before', '::after'].map((part) => getComputedStyle(link, part));
  const px = (value) => Number.parseFloat(value);
  ({
    width: document.documentElement.scrollWidth,
    broken: [...document.querySelectorAll('.mark')].filter((it) => it.getClientRects().length > 1).length,
    cut: [...document.querySelectorAll('body *')].filter(
      (it) => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
    ).length,
    indents: ['ol ul.edges', 'ul.beside ul.edges'].map((list) => box(list + ' > li').left - box(list).left),
    centres: [px(dot.left) + px(dot.width) / 2, px(line.left) + px(line.borderLeftWidth) / 2],
  });
}`;

describe.skipIf(!executable)('the page of a channel, of 500 bundles', () => {
  let browser: Browser;
  let url: string;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      args: ['--disable-gpu'],
      ...(executable && { executablePath: executable }),
    });
    const file = path.join(temporaryFolder(), 'stable.html');
    writeFileSync(file, page);
    url = pathToFileURL(file).href;
  });
  afterAll(async () => {
    await browser?.close();
    expect(complaints).toEqual([]);
  });
  const open = async (width: number, colorScheme: 'light' | 'dark'): Promise<Page> => {
    const opened = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    opened.on('console', (message) => complaints.push(message.text()));
    opened.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    opened.on('request', (request) => {
      if (request.url().split('#')[0] !== url) complaints.push(request.url());
    });
    await opened.goto(url);
    return opened;
  };

  test.each([360, 800, 1400])('at %i px nothing is cut, broken or beside its line', async (width) => {
    const opened = await open(width, 'light');
    const found = await opened.evaluate<Places>(PLACES);
    expect(found).toMatchObject({ width, broken: 0, cut: 0 });
    expect(found.indents[1]).toBeCloseTo(found.indents[0] ?? -1, 1);
    expect(found.centres[1]).toBeCloseTo(found.centres[0] ?? -1, 1);
    await opened.close();
  });

  test.each(['light', 'dark'] as const)(
    'in the %s scheme each text stands out by 4.5 to 1',
    async (scheme) => {
      const opened = await open(800, scheme);
      const pairs = await opened.evaluate<string[]>(COLOURS);
      expect(pairs.length).toBeGreaterThan(3);
      const faint = pairs.filter((pair) => {
        const [text = '', on = ''] = pair.split(' ');
        return !(contrast(text, on) >= 4.5);
      });
      expect(faint).toEqual([]);
      await opened.close();
    },
  );

  test('all bundles are there, names are text, and what is beside the chain is one step away', async () => {
    const opened = await open(800, 'light');
    expect(await opened.locator('ol > li').count()).toBe(BUNDLES);
    expect(await opened.locator('img, script').count()).toBe(0);
    expect(await opened.locator('strong', { hasText: 'onerror' }).innerText()).toBe(EVIL);
    await opened.getByRole('link', { name: `${skipped.length} beside the chain` }).click();
    expect(
      await opened.locator('h2').evaluate((it) => Math.round(it.getBoundingClientRect().top)),
    ).toBeLessThan(900);
    expect(await opened.getByRole('main').count()).toBe(1);
    await opened.close();
  });
});
