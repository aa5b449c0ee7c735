import type { Browser, BrowserElement, Chart, ChartConstructor } from './browser.ts';
import type { Choice, Layer, LayersOf, Measure } from './layers.ts';
import type { Units } from './units.ts';

/**
 * Draws the stack of layers that the controls ask for, and keeps the legend at the month that is pointed at: by the
 * mouse, or by the slider, which is also for fingers and for the keyboard.
 *
 * Runs in the page, so it may use nothing but its parameters.
 */
export function showChart(
  browser: Browser,
  UPlot: ChartConstructor,
  months: readonly string[],
  layersOf: LayersOf,
  units: Units,
): void {
  const { document } = browser;
  const find = (selector: string) => document.querySelector(selector) as BrowserElement;
  const [area, slider, legend, month] = ['#chart', '#month', '#legend', '#legend-month'].map(find) as [
    BrowserElement,
    BrowserElement,
    BrowserElement,
    BrowserElement,
  ];
  const choose = {
    measure: () => find('input[name=measure]:checked').value as Measure,
    split: () => find('input[name=split]:checked').value as Choice['split'],
  };
  const monthName = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
  const seconds = months.map((text) => Date.parse(`${text}-01T00:00:00Z`) / 1000);

  // Months before the first deposit of all would only be an empty stretch.
  const everything = layersOf({ measure: 'files', split: 'option', only: -1 });
  const began = months.findIndex((_, at) => everything.some(({ values }) => (values[at] ?? 0) > 0));
  const first = Math.max(0, began - 1);
  const times = seconds.slice(first);

  let chart: Chart | undefined;
  let layers: readonly Layer[] = [];
  let measure: Measure = 'bytes';

  /** Colours come from the style sheet, which knows about dark and about paper. */
  const color = (name: string) =>
    browser.getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const mix = (from: string, to: string, share: number) => {
    const part = (text: string, at: number) => Number.parseInt(text.slice(at, at + 2), 16);
    const parts = [1, 3, 5].map((at) => Math.round(part(from, at) * (1 - share) + part(to, at) * share));
    return `rgb(${parts.join(' ')})`;
  };
  const fillOf = ({ hue, shade }: Layer) =>
    hue < 0 ? color('others') : mix(color(`hue-${hue % 8}`), color('surface'), Math.min(0.7, shade * 0.3));
  const size = () => ({ width: area.clientWidth, height: area.clientWidth < 500 ? 260 : 380 });

  const draw = () => {
    measure = choose.measure();
    const split = choose.split();
    find('#only-institution').hidden = split !== 'option';
    find('#only-option').hidden = split !== 'institution';
    const only = Number(find(split === 'option' ? '#institution' : '#option').value);
    layers = layersOf({ measure, split, only }).map((layer) => ({
      ...layer,
      values: layer.values.slice(first),
    }));

    // Each layer lies on those before it; the highest is painted first and the others over it.
    const tops: number[][] = [];
    for (const { values } of layers) {
      const below = tops.at(-1);
      tops.push(values.map((value, at) => value + (below?.[at] ?? 0)));
    }
    const largest = Math.max(0, ...(tops.at(-1) ?? []));
    const unit = units.axisUnit(measure, largest);
    const axis = {
      stroke: color('muted'),
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
      grid: { stroke: color('grid'), width: 1 },
      ticks: { stroke: color('grid'), width: 1 },
    };
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
        axes: [axis, { ...axis, label: unit.label, labelSize: 22, size: 56 }],
        series: [
          {},
          ...layers
            .map((layer) => ({
              stroke: color('surface'),
              width: 0.5,
              fill: fillOf(layer),
              points: { show: false },
            }))
            .reverse(),
        ],
        hooks: {
          setCursor: [
            ({ cursor }: Chart) => {
              if (typeof cursor.idx === 'number') describe(cursor.idx);
            },
          ],
        },
      },
      [times, ...tops.map((top) => top.map((value) => value / unit.size)).reverse()],
      area,
    );
    describe(Number(slider.value));
  };

  /** Fills the legend with the values of a month. */
  const describe = (at: number) => {
    const total = layers.reduce((sum, { values }) => sum + (values[at] ?? 0), 0);
    const share = (value: number) => (total > 0 ? `${((value / total) * 100).toFixed(1)} %` : '');
    const row = (name: string, value: number, swatch?: string) => {
      const line = document.createElement('tr');
      const head = document.createElement('th');
      head.setAttribute('scope', 'row');
      const mark = document.createElement('span');
      mark.className = swatch ? 'swatch' : 'swatch none';
      if (swatch) mark.style.setProperty('background', swatch);
      head.append(mark, name);
      const cells = [units.format(measure, value), share(value)].map((text) => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
      });
      line.append(head, ...cells);
      return line;
    };
    const rows = layers.map((layer) => row(layer.name, layer.values[at] ?? 0, fillOf(layer))).reverse();
    legend.replaceChildren(...rows, ...(rows.length === 1 ? [] : [row('Total', total)]));
    const date = monthName.format(new Date((times[at] ?? 0) * 1000));
    month.textContent = date;
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
