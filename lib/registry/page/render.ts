import { createHash } from 'node:crypto';
import { html, trusted } from '../../text/html.ts';
import type { ChartLibrary } from './chart-library.ts';
import { withCurrent } from './current-point.ts';
import { pageHistory } from './page-history.ts';
import { renderChart } from './render-chart.ts';
import { renderDeposits, renderFigures } from './render-deposits.ts';
import { renderMoment } from './render-moment.ts';
import { renderMigrations, renderStatistics } from './render-runs.ts';
import type { Report } from './report.ts';
import { pageScript } from './script.ts';
import { style } from './style.ts';

/** The page: one HTML document that needs nothing else, and is not allowed to ask for it. Pure. */
export function renderPage(report: Report, library: ChartLibrary): string {
  const { current, history, statistics, migrations } = report;
  const styles = [library.style, withoutComments(style)];
  const scripts = [library.script, withoutComments(pageScript())].map(insideScript);
  const deposits = statistics.find(({ name }) => name === 'current_deposit_stats');
  const exactAt = deposits?.refreshedAt ?? deposits?.changedAt;
  const shown = withCurrent(history, current, exactAt);
  const hasCurrent = shown !== history;
  const chartNote = `Each month is as it was written when it began, with the prices of then${
    hasCurrent ? '; the last point is what there is now, as in the table below' : ''
  }.`;
  const environment = report.environment === undefined ? '' : `Environment ${report.environment}. `;
  const title = `Deposits in ${report.database}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts, styles)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="registry-jobs">
<title>${title}</title>
${styles.map((text) => html`<style>${trusted(text)}</style>\n`)}</head>
<body>
<header>
<h1>${title}</h1>
<p>${environment}${exactAt ? html`Counted ${renderMoment(exactAt)}. ` : ''}Page made ${renderMoment(report.createdAt)}. <span class="whole">1 GiB = 1,024³ bytes,</span> <span class="whole">1 TiB = 1,024⁴ bytes.</span></p>
</header>
<main>
${renderFigures(current)}
<section aria-labelledby="over-time">
<h2 id="over-time">Deposits over time</h2>
<p class="note">Active files, rounded to three digits. ${chartNote}</p>
${renderChart(pageHistory(shown))}
</section>
<section aria-labelledby="current">
<h2 id="current">Current deposits</h2>
<p class="note">${exactAt ? html`Active files, as of ${renderMoment(exactAt)}. Exact.` : ''}</p>
${renderDeposits(current)}
</section>
<section aria-labelledby="runs">
<h2 id="runs">Last runs</h2>
<h3>Statistics</h3>
${renderStatistics(statistics, history)}
<h3>Migrations</h3>
${renderMigrations(migrations)}
</section>
</main>
<footer><details><summary>Made by registry-jobs. The chart is drawn by uPlot, under the MIT licence.</summary><pre>${library.license}</pre></details></footer>
${scripts.map((text) => html`<script>${trusted(text)}</script>\n`)}</body>
</html>
`.html;
}

/** Nothing may be loaded from anywhere, and only what is in the page by these hashes may run. */
function policy(scripts: readonly string[], styles: readonly string[]): string {
  const hashes = (texts: readonly string[]) =>
    texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
  return `default-src 'none'; script-src ${hashes(scripts)}; style-src ${hashes(styles)}; base-uri 'none'; form-action 'none'`;
}

/** Our own code without its indentation and the lines that are a comment; no text in it goes over more than a line. */
function withoutComments(code: string): string {
  return code.replace(/^\s+|[ \t]+$/gm, '').replace(/^(?:\/\/.*|\/\*.*\*\/)\n/gm, '');
}

/** Between the tags of a script only these two beginnings of a tag have a meaning; both stand in strings, if at all. */
function insideScript(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, '\\x3c');
}
