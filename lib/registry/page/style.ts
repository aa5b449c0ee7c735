const light = `
  --page: #f4f5f7; --surface: #ffffff; --text: #1b1f24; --muted: #59636e; --line: #d8dde3; --grid: #1b1f241f;
  --control: #7b8590; --accent: #0b5cad; --good: #1a7044; --bad: #b3261e; --others: #7b8590;
  --hue-0: #0072b2; --hue-1: #d0780e; --hue-2: #2f9e6e; --hue-3: #b87cc0;
  --hue-4: #4a5460; --hue-5: #b92d1b; --hue-6: #466718; --hue-7: #2b1f77;`;

const dark = `
  --page: #0f1216; --surface: #181c22; --text: #e6e9ed; --muted: #9aa4b0; --line: #313840; --grid: #ffffff26;
  --control: #75808c; --accent: #7cb7f2; --good: #6fcf97; --bad: #ff8f85; --others: #7f8a96;
  --hue-0: #3f95d6; --hue-1: #f0a030; --hue-2: #62dcb0; --hue-3: #c98fc4;
  --hue-4: #e6edf2; --hue-5: #c9552e; --hue-6: #f2e468; --hue-7: #7a5bd6;`;

/**
 * The page's style sheet. Text stands out from its background by 4.5 to 1; layers, and the edges of what can be operated,
 * by 3 to 1. Only `line` and `grid`, which part what blank space parts already, are fainter.
 */
export const style = `
:root { color-scheme: light; --touch: 32px; ${light} }
@media (pointer: coarse), (any-pointer: coarse) { :root { --touch: 44px; } }
@media (prefers-color-scheme: dark) { :root:not([data-printing]) { color-scheme: dark; ${dark} } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; font-size: 17px; }
h3 { margin: 20px 0 4px; font-size: 15px; }
p { margin: 0; }
.whole, time { white-space: nowrap; }
.note, header p, footer { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
section { margin: 18px 0; padding: 18px 20px 20px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }

.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0; }
.figures div { flex: 1 0 130px; padding: 12px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.figures dt { color: var(--muted); font-size: 13px; }
.figures dd { margin: 2px 0 0; white-space: nowrap; font-size: 22px; font-weight: 600; letter-spacing: -.01em; }

.controls { display: flex; flex-wrap: wrap; gap: 10px 20px; align-items: center; margin: 12px 0; font-size: 14px; }
fieldset { display: flex; align-items: center; gap: 8px; margin: 0; padding: 0; border: 0; min-width: 0; }
legend { float: left; padding: 0; color: var(--muted); }
.segments { position: relative; display: flex; min-width: 0; }
.segments label {
  display: flex; align-items: center; justify-content: center; min-height: var(--touch); padding: 2px 12px;
  text-align: center; border: 1px solid var(--control); cursor: pointer;
}
.segments label + label { border-left: 0; }
.segments label:first-child { border-radius: 7px 0 0 7px; }
.segments label:last-child { border-radius: 0 7px 7px 0; }
.segments label:has(:checked) { background: var(--accent); border-color: var(--accent); color: var(--surface); font-weight: 600; }
.segments input { position: absolute; opacity: 0; }
.pick { display: flex; gap: 8px; align-items: center; color: var(--muted); min-width: 0; }
select {
  min-width: 0; max-width: 100%; min-height: var(--touch); padding: 2px 6px; font: inherit; color: var(--text);
  background: var(--surface); border: 1px solid var(--control); border-radius: 7px;
}
summary { min-height: var(--touch); padding: 6px 0; cursor: pointer; }
:focus-visible, .segments label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }

.plot { display: grid; grid-template-columns: minmax(0, 1fr) 320px; gap: 8px 24px; align-items: start; }
#chart { min-width: 0; overflow: hidden; }
.slide { display: flex; gap: 8px; align-items: center; min-height: var(--touch); padding: 0 0 0 78px; color: var(--muted); font-size: 13px; }
.slide input { flex: 1; min-width: 0; height: var(--touch); margin: 0; accent-color: var(--accent); }
.swatch { display: inline-block; width: 16px; height: 16px; border-radius: 3px; }
.u-hz .u-cursor-x { border-right: 1px solid var(--text); box-shadow: 1px 0 var(--surface), -1px 0 var(--surface); }

table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { padding: 6px 0; text-align: left; font-weight: 600; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 2px; }
tbody th { min-width: 8em; font-weight: 400; }
.number, #legend td, #deposits td:nth-child(n+3) { text-align: right; }
#legend td, td.number, #deposits td:nth-child(n+3) { white-space: nowrap; }
[data-rows=institution] :is(th, td):nth-child(2), [data-rows=option] :is(th, td):nth-child(1) { display: none; }
[data-rows=option] :is(th, td):nth-child(2) { padding-left: 0; }
.legend tbody th { position: relative; min-width: 0; padding-left: 24px; }
.legend .swatch { position: absolute; left: 0; top: 6px; }
#legend tr:last-child:not(:only-child) { font-weight: 600; }
#legend th, tfoot th { font-weight: inherit; }
#legend td:last-child { color: var(--muted); font-weight: 400; }
.legend th, .legend td { padding-top: 3px; padding-bottom: 3px; border: 0; }
tfoot { font-weight: 600; }
tfoot th, tfoot td { background: var(--surface); border-bottom: 0; box-shadow: inset 0 1px var(--muted); }
thead th { background: var(--surface); font-size: 13px; color: var(--muted); vertical-align: bottom; }
.sortable thead th { padding-top: 0; padding-bottom: 0; }
thead button {
  width: 100%; min-height: var(--touch); padding: 2px 0; border: 0; background: none; color: inherit; font: inherit;
  font-weight: 600; text-align: inherit; cursor: pointer;
}
thead button::after { content: "\\2195"; margin-left: 4px; }
[aria-sort] button { color: var(--text); }
[aria-sort=ascending] button::after { content: "\\2191"; }
[aria-sort=descending] button::after { content: "\\2193"; }
.error { min-width: 200px; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.empty { padding: 12px 0 0; }
pre { overflow-x: auto; white-space: pre-wrap; font-size: 12px; }
footer { padding-bottom: 32px; }

/* The head stays in sight while the rows pass, where that leaves enough of the screen to the rows. */
@media screen and (min-height: 560px) {
  #deposits thead { position: sticky; top: 0; }
}
@media (max-width: 820px) {
  .plot { grid-template-columns: minmax(0, 1fr); }
  .slide { padding-left: 0; }
  .stacked, .stacked tbody { display: block; }
  .stacked thead { display: none; }
  .stacked tr { display: flex; flex-wrap: wrap; gap: 0 16px; padding: 6px 0; border-bottom: 1px solid var(--line); }
  .stacked :is(th, td) { padding: 0; border: 0; }
  .stacked th { flex: 1 0 100%; font-weight: 600; }
  .stacked td:empty { display: none; }
  .stacked [data-l]::before { content: attr(data-l) ": "; color: var(--muted); }
}
@media (max-width: 620px) {
  /* A name has a line of its own, and its numbers the next; their columns are those of the whole table. */
  #deposits { display: grid; grid-template-columns: repeat(4, auto); column-gap: 10px; }
  #deposits :is(thead, tbody, tfoot, tr) { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; }
  #deposits :is(thead, tfoot) { background: var(--surface); }
  #deposits tr { padding: 5px 0; border-bottom: 1px solid var(--line); }
  #deposits thead tr { padding: 0; }
  #deposits tfoot tr { border: 0; box-shadow: inset 0 1px var(--muted); }
  #deposits :is(th, td) { padding: 0; border: 0; box-shadow: none; font-size: 13px; }
  #deposits :is(th, td):nth-child(-n+2) { grid-column: 1 / -1; }
  /* Long numbers may break where they have a <wbr>. */
  #deposits td:nth-child(n+3) { white-space: normal; overflow-wrap: normal; }
}
@media (max-width: 400px) {
  #deposits { column-gap: 6px; }
  #deposits td:nth-child(n+3) { font-size: 12px; }
}
@media (max-width: 560px) {
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px 12px; }
  .figures div { padding: 10px; }
  .figures dd { font-size: 18px; }
  fieldset { flex: 1 0 100%; flex-wrap: wrap; gap: 2px; font-size: 13px; }
  legend, .segments { flex: 1 0 100%; }
  .segments label { flex: 1 1 auto; padding: 2px 6px; }
  .pick { flex: 1 0 100%; flex-wrap: wrap; }
}
@media (forced-colors: active) {
  .segments label:has(:checked) { background: Highlight; color: HighlightText; forced-color-adjust: none; }
}
@media print {
  body { background: none; font-size: 12px; }
  section, .figures div { border: 0; padding: 0; break-inside: auto; }
  .controls, .slide, details, thead button::after { display: none; }
  .plot { grid-template-columns: minmax(0, 1fr); break-inside: avoid; }
  tr { break-inside: avoid; }
  tfoot { display: table-row-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
