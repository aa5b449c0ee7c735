/**
 * As much of a browser as the page's script uses. The compiler's own types of it would be visible in the whole
 * project, where a forgotten `name` or `status` would then be no error any more.
 */
export interface Browser {
  readonly document: BrowserDocument;
  readonly devicePixelRatio: number;
  matchMedia(query: string): { addEventListener(type: 'change', listener: () => void): void };
  addEventListener(type: string, listener: () => void): void;
  getComputedStyle(element: BrowserElement): { getPropertyValue(name: string): string };
}

export interface BrowserDocument {
  readonly documentElement: BrowserElement;
  querySelector(selector: string): BrowserElement | null;
  querySelectorAll(selector: string): Iterable<BrowserElement>;
  createElement(name: string): BrowserElement;
}

export interface BrowserElement {
  textContent: string | null;
  hidden: boolean;
  value: string;
  className: string;
  readonly name: string;
  readonly max: string;
  readonly clientWidth: number;
  readonly dataset: Record<string, string | undefined>;
  readonly style: { setProperty(name: string, value: string): void };
  readonly parentElement: BrowserElement | null;
  readonly children: ArrayLike<BrowserElement> & Iterable<BrowserElement>;
  querySelector(selector: string): BrowserElement | null;
  querySelectorAll(selector: string): Iterable<BrowserElement>;
  closest(selector: string): BrowserElement | null;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  toggleAttribute(name: string, force: boolean): void;
  append(...nodes: (BrowserElement | string)[]): void;
  replaceChildren(...nodes: BrowserElement[]): void;
  addEventListener(type: string, listener: (event: { readonly target: BrowserElement }) => void): void;
}

export interface BrowserCanvas extends BrowserElement {
  width: number;
  height: number;
  getContext(kind: '2d'): Pen;
}

/** What draws on a canvas. */
export interface Pen {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  fillRect(x: number, y: number, width: number, height: number): void;
  createPattern(tile: BrowserCanvas, repetition: 'repeat'): unknown;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
}

/** As much of uPlot as the page uses. */
export interface ChartConstructor {
  new (options: Record<string, unknown>, data: readonly (readonly number[])[], target: BrowserElement): Chart;
  tzDate(date: Date, zone: string): Date;
}

export interface Chart {
  readonly ctx: Pen;
  readonly cursor: { readonly idx?: number | null };
  setSize(size: { width: number; height: number }): void;
  setCursor(position: { left: number; top: number }, fireHook?: boolean): void;
  valToPos(value: number, scale: string): number;
  destroy(): void;
}
