import { type Html, html, scriptJson } from '../../text/html.ts';
import type { PageHistory } from './page-history.ts';

/** The controls, the place for the chart, its legend and its data. The page's script brings them to life. */
export function renderChart(history: PageHistory): Html {
  if (history.cells.length === 0) {
    return html`<p class="empty">There is no history yet: <code>registry-jobs refresh</code> writes it, a row for every month.</p>`;
  }
  return html`
<noscript><p class="empty">The chart needs JavaScript. The tables below do not.</p></noscript>
<div class="scripted" hidden>
<div id="controls" class="controls">
${radios('measure', 'Show', [
  ['bytes', 'Size'],
  ['files', 'Files'],
  ['cost', 'Monthly cost'],
])}
${radios('split', 'By', [
  ['option', 'Storage option'],
  ['institution', 'Institution'],
])}
${pick('institution', 'Institution', 'All institutions', history.institutions)}
${pick('option', 'Storage option', 'All storage options', history.options)}
</div>
<div class="plot">
<div>
<div id="chart" role="img"></div>
<label class="slide">Time <input id="moment" type="range" min="0" max="0" step="1"></label>
</div>
<table class="legend"><caption id="legend-moment"></caption><tbody id="legend"></tbody></table>
</div>
</div>
<script type="application/json" id="history">${scriptJson(history)}</script>`;
}

type Choices = readonly (readonly [value: string, label: string])[];

/** Browsers remember what was chosen over a reload, unless they are told not to. */
function radios(name: string, title: string, choices: Choices): Html {
  const radio = ([value, label]: Choices[number], index: number) =>
    html`<label><input type="radio" name="${name}" value="${value}" autocomplete="off"${index === 0 ? html` checked` : ''}> ${label}</label>`;
  return html`<fieldset><legend>${title}</legend><div class="segments">${choices.map(radio)}</div></fieldset>`;
}

function pick(id: string, label: string, all: string, names: readonly string[]): Html {
  return html`<label class="pick" id="only-${id}">${label} <select id="${id}" autocomplete="off"><option value="-1">${all}</option>${names.map(
    (name, index) => html`<option value="${index}">${name}</option>`,
  )}</select></label>`;
}
