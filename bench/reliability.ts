/** Strikes the migration engine in every way the harness knows, and prints what became of it: see docs/reliability.md. */
import { parseArgs } from 'node:util';
import { formatDuration, formatTable } from '../lib/core/format.ts';
import { type EmbeddedServerOptions, startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { crowd, loseOneOfMany } from '../test/support/chaos-crowd.ts';
import { cutEverywhere, fallSilent } from '../test/support/chaos-cuts.ts';
import { killBackends, killRunners, type Struck } from '../test/support/chaos-kills.ts';
import { type ChaosOptions, chaosOptions } from '../test/support/chaos-seed.ts';
import { measureStall, type Stall, type StallOptions } from '../test/support/chaos-stall.ts';

const USAGE = `Usage: node bench/reliability.ts [options]

  --rounds N   how often the runner and its backend are killed, and how many random cuts there are (30)
  --seed TEXT  what is drawn is drawn from it; random draws one (that of RELIABILITY_SEED)
  --help       show this

Exit code 1: something was lost, done twice or reported wrongly, or an application was held up for too long.`;

/** fsync is off as in the tests: nothing here cuts the power. What is answered as committed is in the log all the same. */
const SERVER: EmbeddedServerOptions = {
  settings: { fsync: 'off', restart_after_crash: 'on', max_connections: '150' },
};

/** The default lock timeout, and a reader that keeps the table for much longer. */
const STALL: StallOptions = { lockTimeoutMs: 2_000, readerMs: 10_000, rate: 1_000, writers: 4 };
const MARGIN_MS = 250;

async function strike(serverUrl: string, options: ChaosOptions): Promise<void> {
  const began = performance.now();
  const rows: string[][] = [];
  const note = (what: string, events: number, detail: string) => {
    rows.push([what, String(events), detail]);
    process.stderr.write(`${what}: ${events}\n`);
  };
  const struck = (what: string, { events, hits }: Struck) =>
    note(what, events, `${hits} in the middle of a run`);
  struck('runner killed (SIGKILL)', await killRunners(serverUrl, options));
  struck('backend terminated', await killBackends(serverUrl, 'terminate', options));
  struck('statement cancelled', await killBackends(serverUrl, 'cancel', options));
  const crashes = { ...options, rounds: Math.ceil(options.rounds / 5) };
  struck('backend crashed, server recovered', await killBackends(serverUrl, 'crash', crashes));
  const { flights, cuts, lostCommits } = await cutEverywhere(serverUrl, options);
  note('connection cut', cuts, `at each of ${flights} flights; ${lostCommits} lost the answer to COMMIT`);
  const silences = await fallSilent(serverUrl, options, { deadlineMs: 15_000, freeWithinMs: 20_000 });
  const longest = Math.max(...silences.map(({ freeMs }) => freeMs));
  note(
    'connection silent',
    silences.length,
    `transaction ended ${formatDuration(longest)} after its run, at most`,
  );
  const { runners, tookMs } = await crowd(serverUrl, { here: 30, processes: 4, each: 5 });
  note('runners at once', runners, `on an empty database, ${formatDuration(tookMs)}`);
  const few = { ...options, rounds: Math.ceil(options.rounds / 5) };
  for (const end of ['killed', 'cut'] as const) {
    const { rounds } = await loseOneOfMany(serverUrl, end, few);
    note(`runner ${end} while five waited`, rounds, 'they went on');
  }
  console.log(`\n== What was done to runs of 12 migrations, in ${formatDuration(performance.now() - began)}`);
  console.log(formatTable(rows, new Set([1])));
  console.log('Lost: 0. Done twice: 0. Half done: 0. Reported wrongly: 0.');
}

async function stall(serverUrl: string): Promise<boolean> {
  const ours = await measureStall(serverUrl, 'registry-jobs', STALL);
  const plain = await measureStall(serverUrl, 'plain', STALL);
  const line = (name: string, { longestMs, perSecond, attempts, alteredAfterMs }: Stall) => [
    name,
    `${Math.round(longestMs)} ms`,
    perSecond.toFixed(0),
    String(attempts),
    formatDuration(alteredAfterMs),
  ];
  const seconds = STALL.readerMs / 1_000;
  console.log(
    `\n== ALTER TABLE of a table with ${STALL.rate} writes a second, read by somebody for ${seconds} s`,
  );
  console.log(
    formatTable(
      [
        ['', 'longest stall', 'writes/s', 'attempts', 'altered after'],
        line(`registry-jobs, lock timeout ${formatDuration(STALL.lockTimeoutMs)}`, ours),
        line('the same statement without one', plain),
      ],
      new Set([1, 2, 3, 4]),
    ),
  );
  return ours.longestMs <= STALL.lockTimeoutMs + MARGIN_MS;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '30' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const options = chaosOptions(30, {
    RELIABILITY_ROUNDS: values.rounds,
    RELIABILITY_SEED: values.seed ?? process.env.RELIABILITY_SEED,
  });
  console.log(`Seed ${options.seed}, ${options.rounds} rounds, Node ${process.version}.`);
  const server = await startEmbeddedPostgres(SERVER);
  try {
    const url = server.connectionString('postgres');
    await strike(url, options);
    return (await stall(url)) ? 0 : 1;
  } finally {
    await server.stop();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
