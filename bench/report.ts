import { renderProveReport } from '../lib/reports/prove-text.ts';
import { formatBytes } from '../lib/text/bytes.ts';
import { formatDuration, formatTable } from '../lib/text/format.ts';
import type { Durable } from './durable.ts';
import { countedRuns, flightsEach, type Goal, isMet } from './goals.ts';
import type { LambdaLoad } from './lambda-load.ts';
import type { LongHistory } from './long-history.ts';
import type { RealSize } from './prove-real-size.ts';
import { type Measured, type Race, showWay, timesOf, type Way } from './race.ts';
import { median, type Spread, spread } from './statistics.ts';

/** From here on, few clients are so slow that the first answer is back before their burst has left. */
const SURE_MS = 2;

export function renderRace(race: Race, migrations: number): string {
  const roundTrips = race.roundTrips.proxied.map(({ injectedMs }) => injectedMs);
  const rounds = Math.max(...race.runs.map(({ round }) => round));
  return [
    title('Round trip, measured with SELECT 1 (median; least to most)'),
    formatTable([
      ['without the proxy', milliseconds(race.roundTrips.direct)],
      ...race.roundTrips.proxied.map((it) => [`through it, ${it.injectedMs} ms injected`, milliseconds(it)]),
    ]),
    title(`Applying ${migrations} migrations to an empty database (median of ${rounds}; least to most)`),
    timeTable(race, ['direct', ...roundTrips], migrations),
    title(`Network flights, counted at ${Math.max(...roundTrips)} ms (median)`),
    ...(Math.max(...roundTrips) < SURE_MS
      ? ['Too short to be sure: a burst that takes long to send counts twice.']
      : []),
    flightTable(race, migrations),
    title('Nothing to do: a second run on the same database (median; least to most)'),
    idleTable(race, ['direct', ...roundTrips]),
    ...race.missing.map(({ missing }) => `\n!!! ${missing}`),
  ].join('\n');
}

function timeTable(race: Race, ways: readonly Way[], migrations: number): string {
  const header = ways.flatMap((way) => [showWay(way), 'range', 'each', 'vs psql']);
  const rows = race.peers.map(({ name, version }) => {
    const cells = ways.flatMap((way) => {
      const times = spread(timesOf(race, name, way, ({ first }) => first));
      const psql = timesOf(race, 'psql', way, ({ first }) => first);
      return [
        formatDuration(times.median),
        range(times),
        formatDuration(times.median / migrations),
        psql.length > 0 ? `${(times.median / median(psql)).toFixed(2)}x` : '-',
      ];
    });
    return [`${name} ${version}`, ...cells];
  });
  return formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1)));
}

function flightTable(race: Race, migrations: number): string {
  const header = ['total', 'connecting', 'a migration', 'nothing to do', 'connecting', 'sessions'];
  const rows = race.peers.map(({ name }) => {
    const runs = countedRuns(race).filter(({ peer }) => peer === name);
    const middle = (measured: readonly (Measured | undefined)[], part: 'flights' | 'connecting') => {
      const found = measured.flatMap((it) => it?.[part] ?? []);
      return found.length > 0 ? String(median(found)) : '-';
    };
    const firsts = runs.map(({ first }) => first);
    const seconds = runs.map(({ second }) => second);
    return [
      name,
      middle(firsts, 'flights'),
      middle(firsts, 'connecting'),
      flightsEach(runs, migrations).toFixed(2),
      middle(seconds, 'flights'),
      middle(seconds, 'connecting'),
      String(median(firsts.map(({ connections }) => connections))),
    ];
  });
  return formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1)));
}

function idleTable(race: Race, ways: readonly Way[]): string {
  const header = ways.flatMap((way) => [showWay(way), 'range']);
  const rows = race.peers.map(({ name }) => {
    const cells = ways.flatMap((way) => {
      const times = timesOf(race, name, way, ({ second }) => second);
      if (times.length === 0) return ['-', 'no such notion'];
      return [formatDuration(median(times)), range(spread(times))];
    });
    return [name, ...cells];
  });
  return formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1)));
}

export function renderDurable(durable: readonly Durable[], migrations: number): string {
  const header = [
    'flushes',
    'a migration',
    'transactions',
    'a migration',
    '1 ms a flush',
    'range',
    'vs psql',
  ];
  const [psql] = durable;
  const rows = durable.map(({ peer, flushes, transactions, times }) => [
    peer,
    ...[flushes, transactions].flatMap((count) => [String(count), (count / migrations).toFixed(2)]),
    formatDuration(median(times)),
    range(spread(times)),
    psql ? `${(median(times) / median(psql.times)).toFixed(2)}x` : '-',
  ]);
  return [
    title(
      'On a durable server: flushes of the write-ahead log, and transactions (one run, counted); time (median; least to most)',
    ),
    formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1))),
  ].join('\n');
}

export function renderHistory(history: LongHistory): string {
  const { applied, flights, connecting, compileMs, engineMs, commandMs } = history;
  return [
    title(`Nothing to do, ${applied} migrations applied (no round trip injected)`),
    formatTable([
      ['network flights', `${flights}, ${connecting} of them connecting`],
      ['reading and parsing the files', formatDuration(compileMs)],
      ['registry-jobs, engine only', `${formatDuration(engineMs.median)} (${range(engineMs)})`],
      ['registry-jobs up, parsing included', `${formatDuration(commandMs.median)} (${range(commandMs)})`],
    ]),
  ].join('\n');
}

export function renderRealSize({ table, database, ms, peak, report }: RealSize): string {
  return [
    title(`prove --on a database of ${formatBytes(database)}, whose table takes ${formatBytes(table)}`),
    formatTable([
      ['whole command', formatDuration(ms)],
      ['trials, copies of the database', `${report.trials}, ${report.copies + 1}`],
      ['peak of memory of its process', formatBytes(peak)],
    ]),
    renderProveReport(report),
  ].join('\n');
}

export function renderLambdas(loads: readonly LambdaLoad[]): string {
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
  const empty = loads[0]?.loadMs.median ?? 0;
  const header = ['index.mjs', 'gzip', 'all files', 'load', 'range', 'over empty'];
  const rows = loads.map(({ name, bytes, gzipBytes, folderBytes, loadMs }) => [
    name,
    kilobytes(bytes),
    kilobytes(gzipBytes),
    kilobytes(folderBytes),
    `${loadMs.median.toFixed(1)} ms`,
    range(loadMs),
    `${(loadMs.median - empty).toFixed(1)} ms`,
  ]);
  return [
    title(
      `Lambda bundles, loaded in ${loads[0]?.loads.length} fresh processes each (median; 1 KB = 1024 bytes)`,
    ),
    formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1))),
  ].join('\n');
}

export function renderGoals(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const missed = goal.isTime ? 'MISSED (a time: no failure)' : 'MISSED';
    const number = (value: number) => `${Number(value.toFixed(2))}${goal.unit}`;
    const limit = `${goal.atLeast ? '>=' : '<='} ${number(goal.limit)}`;
    return [goal.what, number(goal.found), limit, isMet(goal) ? 'pass' : missed];
  });
  return [title('Goals'), formatTable(rows, new Set([1, 2]))].join('\n');
}

export function title(text: string): string {
  return `\n== ${text}`;
}

function milliseconds(times: Spread): string {
  const { least, median: middle, most } = times;
  return `${middle.toFixed(2)} ms (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

export function range({ least, most }: Spread): string {
  return `${formatDuration(least)} to ${formatDuration(most)}`;
}
