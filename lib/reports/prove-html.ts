import { formatDuration } from '../text/format.ts';
import { type Html, html, trusted } from '../text/html.ts';
import { visible } from '../text/visible.ts';
import type { CheckName, CheckResult, ProvedFile, ProveFinding, ProveReport } from './prove.ts';
import { describeScope } from './prove-scope.ts';
import { describeError, describeProved } from './prove-text.ts';

const COLUMNS: readonly (readonly [CheckName, string])[] = [
  ['once', 'once'],
  ['twice', 'twice'],
  ['stopped', 'stopped'],
  ['late', 'late'],
  ['down', 'down'],
  ['up-again', 'up again'],
];

const WORDS: Readonly<Record<CheckResult, string>> = {
  ok: '✓ ok',
  failed: '✗ failed',
  'not-shown': '? not shown',
  'not-asked': '–',
};

/** Loads nothing; as wide as a telephone; light or dark as the reader has it. Contrasts of words are 4.5:1 and more. */
const STYLE = `:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de; --ok: #116329; --okay: #dafbe1; --bad: #a40e26; --badly: #ffebe9; --unknown: #6f4400; --unknowing: #fff1c7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --line: #30363d; --ok: #7ee2a8; --okay: #12261e; --bad: #ffb1ab; --badly: #3b1418; --unknown: #f2cc60; --unknowing: #2e2308; } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
p.cost { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
td.ok { color: var(--ok); background: var(--okay); } td.failed { color: var(--bad); background: var(--badly); }
td.not-shown { color: var(--unknown); background: var(--unknowing); } td.not-asked { color: var(--soft); }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); } li { overflow-wrap: anywhere; }`;

/** The report of `prove` as a page of its own: the matrix of file and check, and what was found. Pure. */
export function renderProvePage(report: ProveReport): string {
  const { files, findings, status, trials, durationMs, server } = report;
  const all = [...files.flatMap((file) => file.findings), ...findings];
  const columns = COLUMNS.filter(([name]) => files.some(({ checks }) => checks[name] !== 'not-asked'));
  const verdict = {
    proved: 'All proved',
    shown: 'Nothing was found in what was asked for',
    findings: 'Something was found',
    incomplete: 'Not all could be shown',
  }[status];
  const asked = report.scope ? ` ${describeScope(report.scope).join(' ')}` : '';
  const cost = `${trials} trials in ${formatDuration(durationMs)}, on ${server.source} (${server.product ?? 'Postgres'} ${server.version}).`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${verdict}: migrations</title>
<style>
${trusted(STYLE)}
</style>
</head>
<body>
<h1>${verdict}</h1>
<p class="cost">${cost}${asked}</p>
<div class="wide" tabindex="0" role="region" aria-label="File and check">
<table>
<thead><tr><th scope="col">file</th>${columns.map(([, title]) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${files.map((file) => row(file, columns))}
</tbody>
</table>
</div>
${all.map(section)}
</body>
</html>
`.html;
}

function row({ file, checks, stops }: ProvedFile, columns: typeof COLUMNS): Html {
  const cells = columns.map(([name]) => {
    const result = checks[name];
    const words =
      name === 'stopped' && result === 'failed' ? `✗ ${stops.failed} of ${stops.tried}` : WORDS[result];
    return html`<td class="${result}">${words}</td>`;
  });
  return html`<tr><th scope="row">${visible(file)}</th>${cells}</tr>
`;
}

function section({
  location,
  message,
  code,
  excerpt,
  error,
  differences,
  hint,
  accepted,
}: ProveFinding): Html {
  const place = location ? `${location.file}:${location.line}:${location.column}` : 'The set as a whole';
  const lines = [
    ...(error ? [describeError(error)] : []),
    ...differences.map(describeProved),
    ...(accepted === undefined ? [] : [`Accepted: ${accepted}`]),
  ];
  return html`<h2>${visible(place)}</h2>
<p>${message} <code>${code}</code></p>
${excerpt === undefined ? [] : html`<pre>${visible(excerpt)}</pre>`}
<ul>${lines.map((line) => html`<li>${visible(line)}</li>`)}</ul>
${hint === undefined || accepted !== undefined ? [] : html`<p>What to do: ${hint}</p>`}
`;
}
