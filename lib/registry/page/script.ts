import { showChart } from './browser/chart.ts';
import { prepareLayers } from './browser/layers.ts';
import { formatAxis, formatMoment } from './browser/moment.ts';
import { compareKeys, keepRoles, makeSortable } from './browser/table.ts';
import { createSwatch, createTexture } from './browser/texture.ts';
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
(${keepRoles})(document);
(${makeSortable})(document, ${compareKeys});
const data = document.querySelector('#history');
if (!data) return;
const history = JSON.parse(data.textContent);
const layersOf = (${prepareLayers})(history, ${decodeSeries});
(${showChart})(window, uPlot, {
  moments: history.moments,
  layersOf,
  units: (${createUnits})(),
  format: ${formatMoment},
  formatAxis: ${formatAxis},
  createTexture: ${createTexture},
  createSwatch: ${createSwatch},
});
})();`;
}
