import type { AttemptStatus, JournalRow } from '../../plan/known.ts';
import { count, formatDuration } from '../../text/format.ts';
import { type Html, html } from '../../text/html.ts';
import { beginOf } from './current-point.ts';
import { renderMoment } from './render-moment.ts';
import type { History, StatisticRun } from './report.ts';

export function renderStatistics(runs: readonly StatisticRun[], history: History): Html {
  const never = html`<span class="bad">never</span>`;
  const row = ({ name, refreshedAt, changedAt }: StatisticRun) => {
    const changed = changedAt === undefined ? never : renderMoment(changedAt);
    const unknown = changedAt === undefined ? never : html`not recorded`;
    const refreshed = refreshedAt === undefined ? unknown : renderMoment(refreshedAt);
    return html`<tr><th scope="row">${name}<td data-l="Refreshed">${refreshed}<td data-l="Last change">${changed}\n`;
  };
  const [first, last] = [history.months[0], history.months.at(-1)];
  const months = first
    ? html`${count(history.months.length, 'month')}, ${renderMoment(beginOf(first))} to ${renderMoment(beginOf(last ?? first))}`
    : html`<span class="bad">no month yet</span>`;
  return html`<table class="stacked narrow">
<thead><tr><th scope="col">Statistic<th scope="col">Refreshed<th scope="col">Last change</tr></thead>
<tbody>${runs.map(row)}
<tr><th scope="row">historical_deposit_stats<td colspan="2">${months}</tr></tbody>
</table>`;
}

/** A mark beside each word, so that nobody has to see the colour. */
const OUTCOMES: Readonly<Record<AttemptStatus, readonly [mark: string, look: string]>> = {
  applied: ['✓', 'good'],
  failed: ['✗', 'bad'],
  interrupted: ['✗', 'bad'],
  running: ['…', ''],
};

export function renderMigrations(attempts: readonly JournalRow[]): Html {
  if (attempts.length === 0) return html`<p class="empty">No migration has been recorded yet.</p>`;
  return html`<table class="stacked narrow">
<thead><tr><th scope="col">Version<th scope="col">Outcome<th scope="col">Started<th scope="col" class="number">Duration<th scope="col">By<th scope="col">Tool</tr></thead>
<tbody>${attempts.map(renderAttempt)}</tbody>
</table>`;
}

function renderAttempt(row: JournalRow): Html {
  const [mark, look] = OUTCOMES[row.status] ?? ['', ''];
  const outcome = row.direction === 'down' && row.status === 'applied' ? 'taken back' : row.status;
  const duration = row.finishedAt
    ? formatDuration(Date.parse(row.finishedAt) - Date.parse(row.startedAt))
    : '';
  const error = row.error ? html`<div class="error">${row.error}</div>` : '';
  return html`<tr><th scope="row">${row.version}<td><span class="${look}">${mark} ${outcome}</span>${error}<td data-l="Started">${renderMoment(row.startedAt)}<td class="number" data-l="Duration">${duration}<td data-l="By">${row.who}<td data-l="Tool">${row.toolVersion}\n`;
}
