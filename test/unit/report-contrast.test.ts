import { describe, expect, test } from 'vitest';
import { style } from '../../lib/registry/page/style.ts';
import { contrast, linear } from '../support/contrast.ts';

/** The colours of both schemes, as the style sheet itself has them. */
const [light = {}, dark = {}] = [...style.matchAll(/color-scheme: (?:light|dark);([^}]*)}/g)].map(
  ([, rules = '']) =>
    Object.fromEntries(
      [...rules.matchAll(/--([\w-]+): (#[\da-f]{6})(?=;)/g)].map(([, name, color]) => [name, color]),
    ),
);

/** What the rules draw text in, and what they fill behind it. */
const used = (property: string) =>
  new Set(
    [...style.matchAll(new RegExp(`[{;\\s]${property}: var\\(--([\\w-]+)\\)`, 'g'))].map(
      ([, name = '']) => name,
    ),
  );

/** How far two colours look from each other, in Oklab; black and white are 1 apart. */
function difference(a: string, b: string): number {
  const [x, y] = [a, b].map((color) => {
    const [r = 0, g = 0, bl = 0] = linear(color);
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * bl);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * bl);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * bl);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  });
  return Math.hypot(...(x ?? []).map((part, at) => part - (y?.[at] ?? 0)));
}

test('a contrast is as WCAG computes it', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 9);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('nothing is toned down by opacity but what is not to be seen at all', () => {
  expect([...style.matchAll(/opacity: ([^;]*)/g)].map(([, value]) => value)).toEqual(['0']);
});

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s scheme', (_, colors) => {
  const color = (name: string): string => colors[name] ?? `no --${name}`;
  const below = (pairs: readonly (readonly [string, string])[], least: number) =>
    pairs
      .map(([a, b]) => ({ pair: `${a} on ${b}`, ratio: contrast(color(a), color(b)) }))
      .filter(({ ratio }) => !(ratio >= least));
  const hues = Object.keys(colors).filter((name) => name.startsWith('hue-'));

  test('text stands out by 4.5 to 1', () => {
    const onSurfaces = [...used('color')].filter((name) => name !== 'surface');
    expect(onSurfaces.toSorted()).toEqual(['bad', 'good', 'muted', 'text']);
    const pairs = onSurfaces.flatMap((name) => [[name, 'surface'] as const, [name, 'page'] as const]);
    expect(below([...pairs, ['surface', 'accent']], 4.5)).toEqual([]);
  });

  test('layers, the edges of controls, marks and the focus stand out by 3 to 1', () => {
    expect(hues).toHaveLength(8);
    const edges = [
      ...style.matchAll(/\{[^}]*min-height: var\(--touch\)[^}]*border: 1px solid var\(--([\w-]+)\)/g),
    ];
    const graphics = [...hues, 'others', 'accent', 'control', ...edges.map(([, name = '']) => name)];
    expect(
      below(
        graphics.map((name) => [name, 'surface']),
        3,
      ),
    ).toEqual([]);
    expect(edges.length).toBeGreaterThan(0);
  });

  test('no two layers of one chart look alike', () => {
    // The fifth colour is never beside the rest: see browser/layers.ts.
    const pairs = [...hues, 'others'].flatMap((a, at, all) => all.slice(at + 1).map((b) => [a, b] as const));
    const alike = pairs
      .filter(([a, b]) => !(a === 'hue-4' && b === 'others'))
      .filter(([a, b]) => !(difference(color(a), color(b)) >= 0.1));
    expect(alike).toEqual([]);
  });
});
