const light = `
  --page: #f4f5f7; --surface: #ffffff; --text: #1b1f24; --muted: #59636e; --line: #d8dde3; --grid: #1b1f241f;
  --accent: #0b5cad; --good: #1a7044; --bad: #b3261e; --others: #a3abb4;
  --hue-0: #0072b2; --hue-1: #e69f00; --hue-2: #009e73; --hue-3: #cc79a7;
  --hue-4: #5c6773; --hue-5: #d55e00; --hue-6: #d9c62b; --hue-7: #56b4e9;`;

const dark = `
  --page: #0f1216; --surface: #181c22; --text: #e6e9ed; --muted: #9aa4b0; --line: #313840; --grid: #ffffff26;
  --accent: #7cb7f2; --good: #6fcf97; --bad: #ff8f85; --others: #6b7580;
  --hue-0: #3f95d6; --hue-1: #e8a92e; --hue-2: #2bb48c; --hue-3: #d58cb6;
  --hue-4: #aab4bf; --hue-5: #e57a35; --hue-6: #e3d44c; --hue-7: #7cc6f0;`;

/** The page's style sheet. Colours that differ by no more than hue are from Okabe and Ito, for every kind of eye. */
export const style = `
:root { color-scheme: light; ${light} }
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
.note, header p, footer { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
section { margin: 18px 0; padding: 18px 20px 20px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.figures div { padding: 12px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.figures dt { color: var(--muted); font-size: 13px; }
.figures dd { margin: 2px 0 0; font-size: 22px; font-weight: 600; letter-spacing: -.01em; }

.controls { display: flex; flex-wrap: wrap; gap: 10px 20px; align-items: center; margin: 12px 0; font-size: 14px; }
fieldset { display: flex; margin: 0; padding: 0; border: 0; min-width: 0; }
legend { float: left; padding: 5px 8px 0 0; color: var(--muted); }
fieldset label { padding: 4px 12px; border: 1px solid var(--line); cursor: pointer; }
fieldset label + label { border-left: 0; }
fieldset label:first-of-type { border-radius: 7px 0 0 7px; }
fieldset label:last-of-type { border-radius: 0 7px 7px 0; }
fieldset label:has(:checked) { background: var(--accent); border-color: var(--accent); color: var(--surface); }
fieldset input { position: absolute; opacity: 0; }
.pick { display: flex; gap: 8px; align-items: center; color: var(--muted); min-width: 0; }
select {
  min-width: 0; max-width: 100%; padding: 4px 6px; font: inherit; color: var(--text);
  background: var(--surface); border: 1px solid var(--line); border-radius: 7px;
}
:focus-visible, fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }

.plot { display: grid; grid-template-columns: minmax(0, 1fr) 320px; gap: 8px 24px; align-items: start; }
#chart { min-width: 0; overflow: hidden; }
.slide { display: flex; gap: 8px; align-items: center; padding: 0 0 0 78px; color: var(--muted); font-size: 13px; }
.slide input { flex: 1; min-width: 0; accent-color: var(--accent); }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 8px; border-radius: 3px; vertical-align: -1px; }
.u-hz .u-cursor-x { border-right: 1px solid var(--text); }

.scroll { overflow-x: auto; max-width: 100%; }
.tall { max-height: 560px; overflow-y: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { padding: 6px 0; text-align: left; font-weight: 600; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 2px; }
tbody th { font-weight: 400; }
.number, #legend td, #deposits td:nth-child(n+3) { text-align: right; }
[data-rows=institution] :is(th, td):nth-child(2), [data-rows=option] :is(th, td):nth-child(1) { display: none; }
[data-rows=option] :is(th, td):nth-child(2) { padding-left: 0; }
.wrap td, .legend th { white-space: normal; overflow-wrap: anywhere; }
.legend tbody th { padding-left: 20px; text-indent: -20px; }
#legend tr:last-child:not(:only-child) { font-weight: 600; }
#legend th, tfoot th { font-weight: inherit; }
#legend td:last-child { color: var(--muted); font-weight: 400; }
.legend th, .legend td { padding-top: 3px; padding-bottom: 3px; border: 0; }
tfoot { font-weight: 600; }
tfoot th, tfoot td { position: sticky; bottom: 0; background: var(--surface); border-bottom: 0; box-shadow: inset 0 1px var(--muted); }
thead th { position: sticky; top: 0; background: var(--surface); font-size: 13px; color: var(--muted); }
thead button { padding: 0; border: 0; background: none; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
thead button::after { content: "\\2195"; margin-left: 4px; opacity: .45; }
[aria-sort] button { color: var(--text); }
[aria-sort] button::after { opacity: 1; }
[aria-sort=ascending] button::after { content: "\\2191"; }
[aria-sort=descending] button::after { content: "\\2193"; }
.error { white-space: normal; min-width: 260px; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.empty { padding: 12px 0 0; }
pre { overflow-x: auto; white-space: pre-wrap; font-size: 12px; }
footer { padding-bottom: 32px; }

@media (max-width: 820px) {
  .plot { grid-template-columns: minmax(0, 1fr); }
  .slide { padding-left: 0; }
}
@media (max-width: 560px) {
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px 12px; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures dd { font-size: 19px; }
  fieldset { flex-wrap: wrap; font-size: 13px; }
  fieldset label { padding: 4px 8px; }
  legend { flex: 1 0 100%; padding-top: 0; }
  .pick { flex: 1 0 100%; flex-wrap: wrap; }
}
@media print {
  body { background: none; font-size: 12px; }
  section, .figures div { border: 0; padding: 0; break-inside: auto; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  .controls, .slide, details, thead button::after { display: none; }
  .plot { grid-template-columns: minmax(0, 1fr); break-inside: avoid; }
  .scroll, .tall { overflow: visible; max-height: none; }
  thead th, tfoot :is(th, td) { position: static; }
  tr { break-inside: avoid; }
  tfoot { display: table-row-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
