import { count } from '../text/format.ts';
import { type Html, html, trusted } from '../text/html.ts';
import { visible } from '../text/visible.ts';
import { chainOf, details } from './operators-graph.ts';
import type { OperatorsInspectReport } from './operators-inspect.ts';
import type { InspectedEntry } from './operators-read.ts';

/** Loads nothing; as wide as a telephone; light or dark as the reader has it. Contrasts of words are 4.5:1 and more. */
const STYLE = `:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #6e7781; --ok: #116329; --okay: #dafbe1; --unknown: #6f4400; --unknowing: #fff1c7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --line: #7d8590; --ok: #7ee2a8; --okay: #12261e; --unknown: #f2cc60; --unknowing: #2e2308; } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } p.soft, span.soft { color: var(--soft); } a { color: inherit; }
ol, ul.beside { list-style: none; margin: 0; padding: 0; }
li.link { position: relative; padding: 0 0 1.25rem 1.75rem; }
li.link::before { content: ""; position: absolute; left: .3rem; top: .4rem; box-sizing: border-box; width: .95rem; height: .95rem; border: 2px solid var(--line); border-radius: 50%; background: var(--paper); }
li.link.head::before { background: var(--ok); border-color: var(--ok); }
li.link:not(:last-child)::after { content: ""; position: absolute; left: calc(.775rem - 1px); top: 1.35rem; bottom: -.4rem; border-left: 2px solid var(--line); }
ul.beside > li { padding: 0 0 .75rem 1.75rem; }
strong { font-weight: 600; } .mark { display: inline-block; padding: 0 .4rem; border-radius: .25rem; } .mark.head { color: var(--ok); background: var(--okay); } .mark.no { color: var(--unknown); background: var(--unknowing); }
ul.edges { margin: .1rem 0 0; padding-left: 1.2rem; color: var(--soft); }`;

/** The graph of a channel as a page of its own: the chain from the head as a line of dots, with what is skipped at each. Pure. */
export function renderChannelPage(report: OperatorsInspectReport): string {
  const { database, package: packageName = '', channel = '', entries = [] } = report;
  const chain = chainOf(entries);
  const others = entries.filter((entry) => !chain.includes(entry));
  const bundles = entries.filter(({ isBundle }) => isBundle).length;
  const title = visible(`${packageName}, channel ${channel}`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${trusted(STYLE)}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="soft">${count(bundles, 'bundle')} of ${visible(database)}. An upgrade goes upwards, to the head.${others.length === 0 ? [] : html` <a href="#beside">${others.length} beside the chain</a>`}</p>
<ol>
${chain.map((entry, index) => link(entry, index === 0, chain[index + 1]?.name))}
</ol>
${
  others.length === 0
    ? []
    : html`<h2 id="beside">Beside the chain</h2>
<ul class="beside">
${others.map((entry) => beside(entry, entries))}
</ul>`
}
</main>
</body>
</html>
`.html;
}

function link(entry: InspectedEntry, isHead: boolean, next: string | undefined): Html {
  return html`<li class="link${isHead ? ' head' : ''}">${name(entry, isHead)}${edges(details(entry, next))}</li>
`;
}

function beside(entry: InspectedEntry, entries: readonly InspectedEntry[]): Html {
  const by = entries.filter(({ skips }) => skips.includes(entry.name)).map((one) => `skipped by ${one.name}`);
  const from = entries
    .filter(({ replaces }) => replaces === entry.name)
    .map((one) => `replaced by ${one.name}`);
  return html`<li>${name(entry, false)}${edges([...by, ...from, ...details(entry, undefined)])}</li>
`;
}

function name({ name: text, version, isDeprecated, isBundle }: InspectedEntry, isHead: boolean): Html {
  const marks = [
    ...(isHead ? [html` <span class="mark head">head</span>`] : []),
    ...(isDeprecated ? [html` <span class="mark no">deprecated</span>`] : []),
    ...(isBundle ? [] : [html` <span class="mark no">no bundle of this file</span>`]),
  ];
  const shown = version === undefined ? [] : html` <span class="soft">${visible(version)}</span>`;
  return html`<strong>${visible(text)}</strong>${shown}${marks}`;
}

function edges(lines: readonly string[]): Html | Html[] {
  return lines.length === 0
    ? []
    : html`<ul class="edges">${lines.map((line) => html`<li>${visible(line)}</li>`)}</ul>`;
}
