import { createHash } from 'node:crypto';
import type { ChartLibrary } from './chart-library.ts';
import { html, trusted } from './html.ts';
import { pageHistory } from './page-history.ts';
import { renderChart } from './render-chart.ts';
import { renderDeposits, renderFigures } from './render-deposits.ts';
import { formatTime, renderMigrations, renderStatistics } from './render-runs.ts';
import type { Report } from './report.ts';
import { pageScript } from './script.ts';
import { style } from './style.ts';

/** The page: one HTML document that needs nothing else, and is not allowed to ask for it. Pure. */
export function renderPage(report: Report, library: ChartLibrary): string {
  const { current, history, statistics, migrations } = report;
  const styles = [library.style, style];
  const scripts = [library.script, pageScript()].map(insideScript);
  const deposits = statistics.find(({ name }) => name === 'current_deposit_stats');
  const exactAt = deposits?.refreshedAt ?? deposits?.changedAt;
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
<p>${environment}Made ${formatTime(report.createdAt)}; all times are UTC. 1 GiB = 2<sup>30</sup> bytes, 1 TiB = 2<sup>40</sup> bytes.</p>
</header>
<main>
${renderFigures(current)}
<section aria-labelledby="over-time">
<h2 id="over-time">Deposits over time</h2>
<p class="note">Active files as of the first of each month, rounded to three digits. Costs are by the prices of that month.</p>
${renderChart(pageHistory(history))}
</section>
<section aria-labelledby="current">
<h2 id="current">Current deposits</h2>
<p class="note">${exactAt ? `Active files, as of ${formatTime(exactAt)}. Exact.` : ''}</p>
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

/** Between the tags of a script only these two beginnings of a tag have a meaning; both stand in strings, if at all. */
function insideScript(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, '\\x3c');
}
