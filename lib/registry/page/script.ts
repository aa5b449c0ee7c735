import { showChart } from './browser/chart.ts';
import { prepareLayers } from './browser/layers.ts';
import { compareKeys, makeSortable } from './browser/table.ts';
import { createUnits } from './browser/units.ts';
import { decodeSeries } from './series.ts';

/**
 * The page's own script: the functions themselves, as text. So they are checked and tested like all others, and
 * nothing has to be built. They see each other only through their parameters.
 */
export function pageScript(): string {
  return `(() => {
'use strict';
for (const part of document.querySelectorAll('.scripted')) part.hidden = false;
(${makeSortable})(document, ${compareKeys});
const data = document.querySelector('#history');
if (!data) return;
const history = JSON.parse(data.textContent);
const layersOf = (${prepareLayers})(history, ${decodeSeries});
(${showChart})(window, uPlot, history.months, layersOf, (${createUnits})());
})();`;
}
