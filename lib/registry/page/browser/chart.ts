import type { Browser, BrowserCanvas, BrowserElement, Chart, ChartConstructor } from './browser.ts';
import type { Choice, Layer, LayersOf, Measure } from './layers.ts';
import type { formatAxis, formatMoment } from './moment.ts';
import type { createSwatch, createTexture } from './texture.ts';
import type { Units } from './units.ts';

/** What the chart is drawn from, and the functions it is drawn with. */
export interface ChartParts {
  /** {@link PageHistory.moments} */
  readonly moments: readonly string[];
  readonly layersOf: LayersOf;
  readonly units: Units;
  readonly format: typeof formatMoment;
  readonly formatAxis: typeof formatAxis;
  readonly createTexture: typeof createTexture;
  readonly createSwatch: typeof createSwatch;
}

/**
 * Draws the stack of layers that the controls ask for, and keeps the legend at the moment that is pointed at: by the
 * mouse, or by the slider, which is also for fingers and for the keyboard.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function showChart(browser: Browser, UPlot: ChartConstructor, parts: ChartParts): void {
  const { document } = browser;
  const { moments, layersOf, units } = parts;
  const find = (selector: string) => document.querySelector(selector) as BrowserElement;
  const [area, slider, legend, caption] = ['#chart', '#moment', '#legend', '#legend-moment'].map(find) as [
    BrowserElement,
    BrowserElement,
    BrowserElement,
    BrowserElement,
  ];
  const choose = {
    measure: () => find('input[name=measure]:checked').value as Measure,
    split: () => find('input[name=split]:checked').value as Choice['split'],
  };
  const isMonth = (text: string) => text.length === 'YYYY-MM'.length;
  const begins = moments.map((text) => (isMonth(text) ? `${text}-01T00:00:00Z` : text));

  // Months before the first deposit of all would only be an empty stretch.
  const everything = layersOf({ measure: 'files', split: 'option', only: -1 });
  const began = moments.findIndex((_, at) => everything.some(({ values }) => (values[at] ?? 0) > 0));
  const first = Math.max(0, began - 1);
  const times = begins.slice(first).map((text) => Date.parse(text) / 1000);
  const names = moments
    .map((text, at) => `${parts.format(begins[at] ?? text)}${isMonth(text) ? '' : ' (current)'}`)
    .slice(first);
  // What there is now would be a line without width at the edge: it is drawn level for a thirtieth of the chart.
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  const drawn = isMonth(moments.at(-1) ?? '') ? times : [...times, to + (to - from) / 30];

  let chart: Chart | undefined;
  let layers: readonly (Layer & { readonly tile: BrowserCanvas; readonly swatch: BrowserCanvas })[] = [];
  let measure: Measure = 'bytes';

  /** Colours come from the style sheet, which knows about dark and about paper. */
  const color = (name: string) =>
    browser.getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const tileOf = ({ hue, pattern }: Layer) =>
    parts.createTexture(
      document,
      { fill: color(hue < 0 ? 'others' : `hue-${hue % 8}`), line: color('surface') },
      pattern,
      browser.devicePixelRatio,
    );
  const size = () => ({ width: area.clientWidth, height: area.clientWidth < 500 ? 260 : 380 });

  const draw = () => {
    measure = choose.measure();
    const split = choose.split();
    find('#only-institution').hidden = split !== 'option';
    find('#only-option').hidden = split !== 'institution';
    const only = Number(find(split === 'option' ? '#institution' : '#option').value);
    layers = layersOf({ measure, split, only }).map((layer) => {
      const tile = tileOf(layer);
      return {
        ...layer,
        values: layer.values.slice(first),
        tile,
        swatch: parts.createSwatch(document, tile),
      };
    });

    // Each layer lies on those before it; the highest is painted first and the others over it.
    const tops: number[][] = [];
    for (const { values } of layers) {
      const below = tops.at(-1);
      tops.push(drawn.map((_, at) => (values[at] ?? values.at(-1) ?? 0) + (below?.[at] ?? 0)));
    }
    const largest = Math.max(0, ...(tops.at(-1) ?? []));
    const unit = units.axisUnit(measure, largest);
    const axis = {
      stroke: color('muted'),
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
      grid: { stroke: color('grid'), width: 1 },
      ticks: { stroke: color('control'), width: 1 },
      border: { show: true, stroke: color('control'), width: 1 },
    };
    const dates = (_: unknown, ticks: readonly number[]) =>
      parts.formatAxis(ticks.map((time) => (time > to ? '' : new Date(time * 1000).toISOString())));
    /** A day needs more room than a year. */
    const space = (_: unknown, _axis: number, from: number, to: number) => (to - from > 1e8 ? 46 : 84);
    chart?.destroy();
    chart = new UPlot(
      {
        ...size(),
        padding: [12, 12, 0, 0],
        drawOrder: ['series', 'axes'],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        tzDate: (time: number) => UPlot.tzDate(new Date(time * 1000), 'UTC'),
        scales: { y: { range: () => [0, largest > 0 ? (largest / unit.size) * 1.05 : 1] } },
        axes: [
          { ...axis, values: dates, space },
          { ...axis, label: unit.label, labelSize: 22, size: 56 },
        ],
        series: [
          {},
          ...layers
            .map((layer) => ({
              // A gap between neighbours, which is seen whatever their colours are.
              stroke: color('surface'),
              width: 1.5,
              fill: ({ ctx }: Chart) => ctx.createPattern(layer.tile, 'repeat'),
              points: { show: false },
            }))
            .reverse(),
        ],
        hooks: {
          setCursor: [
            ({ cursor }: Chart) => {
              if (typeof cursor.idx === 'number') describe(Math.min(cursor.idx, times.length - 1));
            },
          ],
        },
      },
      [drawn, ...tops.map((top) => top.map((value) => value / unit.size)).reverse()],
      area,
    );
    describe(Number(slider.value));
  };

  /** Fills the legend with the values of a moment. */
  const describe = (at: number) => {
    const total = layers.reduce((sum, { values }) => sum + (values[at] ?? 0), 0);
    const share = (value: number) => (total > 0 ? `${((value / total) * 100).toFixed(1)} %` : '');
    const row = (name: string, value: number, swatch?: BrowserElement) => {
      const line = document.createElement('tr');
      const head = document.createElement('th');
      head.setAttribute('scope', 'row');
      const mark = swatch ?? document.createElement('span');
      if (!swatch) mark.className = 'swatch';
      head.append(mark, name);
      const cells = [units.format(measure, value), share(value)].map((text) => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
      });
      line.append(head, ...cells);
      return line;
    };
    const rows = layers.map((layer) => row(layer.name, layer.values[at] ?? 0, layer.swatch)).reverse();
    legend.replaceChildren(...rows, ...(rows.length === 1 ? [] : [row('Total', total)]));
    const date = names[at] ?? '';
    caption.textContent = date;
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', `${date}: ${units.format(measure, total)}`);
    area.setAttribute('aria-label', `Deposits over time. ${date}: ${units.format(measure, total)} in total.`);
  };

  slider.setAttribute('max', String(times.length - 1));
  slider.value = String(times.length - 1);
  slider.addEventListener('input', () => {
    const at = Number(slider.value);
    chart?.setCursor({ left: chart.valToPos(times[at] ?? 0, 'x'), top: 0 }, false);
    describe(at);
  });
  find('#controls').addEventListener('change', draw);
  browser.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  browser.addEventListener('resize', () => chart?.setSize(size()));
  // Paper is white, and narrower than a screen. The style sheet does the rest by the same mark.
  for (const [event, isPrinting] of [
    ['beforeprint', true],
    ['afterprint', false],
  ] as const) {
    browser.addEventListener(event, () => {
      document.documentElement.toggleAttribute('data-printing', isPrinting);
      draw();
    });
  }
  draw();
}
