/** `npm run bench`: reproduces the figures of docs/benchmarks.md. */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { renderError, toErrorReport } from '../lib/errors/error.ts';
import packageJson from '../package.json' with { type: 'json' };
import { measureDurable } from './durable.ts';
import { durableGoals, type Goal, historyGoals, isMet, lambdaGoals, proveGoals, raceGoals } from './goals.ts';
import { measureLambdaLoad } from './lambda-load.ts';
import { measureLongHistory } from './long-history.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { measureProve } from './prove.ts';
import { measureRealSize } from './prove-real-size.ts';
import { provedSetGoals, renderProve } from './prove-report.ts';
import { race } from './race.ts';
import {
  renderDurable,
  renderGoals,
  renderHistory,
  renderLambdas,
  renderRace,
  renderRealSize,
} from './report.ts';
import { type BenchServer, SERVER_SETTINGS, startServer } from './server.ts';
import { measureStart, renderStart, startGoals } from './start.ts';
import { measureStatistics } from './statistics-bench.ts';
import { statisticsGoals } from './statistics-goals.ts';
import { measureSuite, renderSuite, suiteGoals } from './suite.ts';

const CLEAR_LINE = '\r\x1b[K';

/** Progress goes to stderr, so that stdout holds the tables and nothing else. */
function say(progress: string): void {
  const isLoud = progress.startsWith('!!!');
  const { isTTY } = process.stderr;
  if (isTTY || isLoud) process.stderr.write(`${isTTY ? CLEAR_LINE : ''}${progress}${isLoud ? '\n' : ''}`);
}

function print(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  process.stdout.write(`${text}\n`);
}

async function bench(
  options: BenchOptions,
  folder: string,
  server: BenchServer | undefined,
): Promise<Goal[]> {
  const { migrations, rounds, roundTrips, applied, loads, files, changed, statements, pairs, parts } =
    options;
  const goals: Goal[] = [];
  const environment = {
    version: packageJson.version,
    date: new Date().toISOString(),
    node: process.version,
    postgres: server?.version,
    platform: `${process.platform}-${process.arch}`,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
  };
  const raw: Record<string, unknown> = {
    environment,
    options: { ...options, parts: [...parts] },
  };
  const { version, date, node, postgres, cores, cpu } = environment;
  const settings = Object.entries(SERVER_SETTINGS).map((setting) => setting.join(' '));
  const database = postgres && `Postgres ${postgres} (embedded, ${settings.join(', ')}, no TLS)`;
  print([`registry-jobs ${version}`, date, `Node ${node}`, database].filter(Boolean).join(', '));
  print(`${cores} cores of ${cpu}. Lower is better everywhere.`);

  if (server && parts.has('migrations')) {
    const result = await race(server, { migrations, rounds, roundTrips, folder, say });
    raw.race = result;
    print(renderRace(result, migrations));
    goals.push(...raceGoals(result, migrations));
    const durable = await measureDurable(migrations, rounds, folder, say);
    raw.durable = durable;
    print(renderDurable(durable, migrations));
    goals.push(...durableGoals(durable, migrations));
  }
  if (server && parts.has('history')) {
    say(`nothing to do, ${applied} migrations applied`);
    const history = await measureLongHistory(server, applied, folder);
    raw.history = history;
    print(renderHistory(history));
    goals.push(...historyGoals(history));
  }
  if (server && parts.has('start')) {
    const start = await measureStart(server, applied, folder, say);
    raw.start = start;
    print(renderStart(start));
    goals.push(...startGoals(start));
  }
  if (parts.has('lambdas')) {
    const lambdas = await measureLambdaLoad(folder, loads, say);
    raw.lambdas = lambdas;
    print(renderLambdas(lambdas));
    goals.push(...lambdaGoals(lambdas));
  }
  if (parts.has('statistics')) {
    const statistics = await measureStatistics(
      { files, changed, events: options.events },
      folder,
      say,
      print,
    );
    raw.statistics = statistics;
    goals.push(...statisticsGoals(statistics));
  }
  if (server && parts.has('prove')) {
    const proved = await measureProve(server, { statements, pairs, folder, say });
    raw.prove = proved;
    print(renderProve(proved));
    goals.push(...provedSetGoals(proved));
    const size = await measureRealSize(server, options.megabytes, say);
    raw.proveOn = size;
    print(renderRealSize(size));
    goals.push(...proveGoals(size));
  }
  if (parts.has('suite')) {
    const suite = await measureSuite(say);
    raw.suite = suite;
    print(renderSuite(suite));
    goals.push(...suiteGoals(suite));
  }
  print(renderGoals(goals));
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ ...raw, goals }, null, 2)}\n`);
  }
  return goals;
}

async function main(options: BenchOptions): Promise<number> {
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve('interrupted'));
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'registry-jobs-bench-'));
  // Synchronously and at the very end, because what an interrupted run left going may still write.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const needsServer = (['migrations', 'history', 'start', 'prove'] as const).some((part) =>
    options.parts.has(part),
  );
  const server = needsServer ? await startServer() : undefined;
  try {
    const result = await Promise.race([bench(options, folder, server), interrupted]);
    if (result === 'interrupted') return 130;
    return result.every((goal) => isMet(goal) || goal.isTime) ? 0 : 1;
  } finally {
    await server?.stop();
  }
}

function readOptions(): BenchOptions | 'help' {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(2);
  }
}

const options = readOptions();
if (options === 'help') {
  print(USAGE);
} else {
  const exitCode = await main(options).catch((error: unknown) => {
    console.error(renderError(toErrorReport(error)));
    return 1;
  });
  // What an interrupted run left going must not keep the process.
  process.exit(exitCode);
}
