import { readFile } from 'node:fs/promises';

/** uPlot as it is put into the page: its script, its style, and the licence that has to travel with it. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
  readonly license: string;
}

export async function readChartLibrary(): Promise<ChartLibrary> {
  const [script, style, license] = await Promise.all(
    [
      import.meta.resolve('uplot/dist/uPlot.iife.min.js'),
      import.meta.resolve('uplot/dist/uPlot.min.css'),
      import.meta.resolve('uplot/LICENSE'),
    ].map((url) => readFile(new URL(url), 'utf8')),
  );
  return { script: script ?? '', style: style ?? '', license: license ?? '' };
}
