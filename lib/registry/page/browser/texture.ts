import type { BrowserCanvas, BrowserDocument } from './browser.ts';

/**
 * A tile of a layer's colour with one of eight patterns in the colour of the background, so that layers can be told
 * apart without colour. `scale` is how many dots of the screen make a pixel of the page.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function createTexture(
  document: BrowserDocument,
  colors: { readonly fill: string; readonly line: string },
  pattern: number,
  scale: number,
): BrowserCanvas {
  const tile = document.createElement('canvas') as BrowserCanvas;
  const size = Math.round(8 * scale);
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext('2d');
  pen.fillStyle = colors.fill;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = colors.line;
  pen.lineWidth = 1.2 * scale;
  const line = (fromX: number, fromY: number, toX: number, toY: number) => {
    pen.beginPath();
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
    pen.stroke();
  };
  const half = Math.floor(size / 2);
  /** Three times, so that the corners of neighbouring tiles meet. */
  const slanted = (from: number, to: number) => {
    for (const shift of [-size, 0, size]) line(shift, from, shift + size, to);
  };
  // As wide as the screen's dots are: half a dot would be half as clear.
  const wide = Math.max(1, Math.round(scale));
  const bar = (x: number, y: number, width: number, height: number) => {
    pen.fillStyle = colors.line;
    pen.fillRect(x, y, width, height);
  };
  const across = () => bar(0, half, size, wide);
  const upright = () => bar(half, 0, wide, size);
  const rising = () => slanted(size, 0);
  const falling = () => slanted(0, size);
  const dots = () => bar(half - wide, half - wide, 2 * wide, 2 * wide);
  const patterns = [
    [],
    [rising],
    [dots],
    [across],
    [falling],
    [upright],
    [rising, falling],
    [across, upright],
  ];
  for (const draw of patterns[pattern % patterns.length] ?? []) draw();
  return tile;
}

/**
 * The mark of a layer in the legend: four of its tiles, which is enough to see the pattern.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function createSwatch(document: BrowserDocument, tile: BrowserCanvas): BrowserCanvas {
  const swatch = document.createElement('canvas') as BrowserCanvas;
  swatch.className = 'swatch';
  swatch.width = tile.width * 2;
  swatch.height = tile.height * 2;
  const pen = swatch.getContext('2d');
  pen.fillStyle = pen.createPattern(tile, 'repeat');
  pen.fillRect(0, 0, swatch.width, swatch.height);
  return swatch;
}
