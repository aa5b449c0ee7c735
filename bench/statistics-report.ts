import { formatDuration, formatTable } from '../lib/text/format.ts';
import type { Spread } from './statistics.ts';
import type { AlternativeResult } from './statistics-alternatives.ts';
import type { HistoryResult, RefreshResult } from './statistics-refresh.ts';
import type { SizeResult } from './statistics-results.ts';
import type { WriteResult } from './statistics-writes.ts';

const time = ({ least, median, most }: Spread) => `${exact(median)} (${exact(least)} to ${exact(most)})`;
const exact = (ms: number) => (ms < 100 ? `${ms.toFixed(1)} ms` : formatDuration(ms));
const micros = ({ median }: Spread) => `${median.toFixed(1)} us`;
const right = (columns: number) => new Set(Array.from({ length: columns }, (_, column) => column + 1));

export function renderSize({ files, refresh, history }: SizeResult): string {
  return [renderRefresh(files, refresh), renderHistory(files, history)].join('\n');
}

function renderRefresh(files: number, results: readonly RefreshResult[]): string {
  const rows = results.map(({ changed, incremental, inNewSession, refreshed, bare, rows }) => [
    String(changed),
    time(incremental),
    time(inNewSession),
    time(refreshed),
    factor(refreshed.median / incremental.median),
    factor(refreshed.median / inNewSession.median),
    time(bare),
    String(rows),
    factor(incremental.median / bare.median),
  ]);
  const header = [
    'changed',
    'fold and publish',
    'in a new session',
    'REFRESH CONCURRENTLY',
    'faster',
    'in a new one',
    'bare upsert of the rows',
    'rows',
    'against it',
  ];
  return `\n== ${files} files: bringing all statistics up to date (median; least to most)\n${formatTable([header, ...rows], right(8))}`;
}

const factor = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)}x`;

function renderHistory(files: number, { months, all, oneByScan }: HistoryResult): string {
  const each = all.median / months;
  return `\n== ${files} files: history\n${formatTable([
    [`all ${months} months rebuilt from the cells`, time(all), `${each.toFixed(1)} ms a month`],
    ['one month by full scan', time(oneByScan), `${(oneByScan.median / each).toFixed(0)}x`],
  ])}`;
}

export function renderWrites(results: readonly WriteResult[]): string {
  const rows = results.map(({ what, synchronous, without, with: captured, ratio }) => [
    what,
    synchronous ? 'on' : 'off',
    micros(without),
    micros(captured),
    `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`,
  ]);
  const header = ['one row of', 'synchronous_commit', 'without', 'with capture', 'median of the ratios'];
  return `\n== What capture costs the application (median of blocks, arms in turn)\n${formatTable([header, ...rows], right(4))}`;
}

export function renderAlternatives(results: readonly AlternativeResult[]): string {
  const rows = results.map(({ capture, single, bulk }) => [capture, micros(single), micros(bulk)]);
  return `\n== Ways to capture events (synchronous_commit off)\n${formatTable([['', 'one row', 'a row of 20,000'], ...rows], right(2))}`;
}
