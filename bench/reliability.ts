/** Strikes the migration engine in every way the harness knows, and prints what became of it: see docs/reliability.md. */
import { parseArgs } from 'node:util';
import { type EmbeddedServerOptions, startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { formatDuration, formatTable } from '../lib/text/format.ts';
import { killBackends } from '../test/support/chaos-backends.ts';
import { crowd } from '../test/support/chaos-crowd.ts';
import { cutEverywhere } from '../test/support/chaos-cuts.ts';
import type { JourneyName } from '../test/support/chaos-journey.ts';
import { killRunners, type Struck } from '../test/support/chaos-kills.ts';
import { loseOneOfMany } from '../test/support/chaos-many.ts';
import { type ChaosOptions, chaosOptions } from '../test/support/chaos-seed.ts';
import { fallSilent } from '../test/support/chaos-silence.ts';
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

/** What runs on the way back, by what they are called together. */
const BACK: readonly JourneyName[] = ['down', 'redo in transactions', 'redo by statements'];

const WHAT = { transactions: '', statements: ', without transactions', back: ', down and redo' } as const;

async function strike(serverUrl: string, options: ChaosOptions): Promise<void> {
  const began = performance.now();
  const rows: string[][] = [];
  const note = (what: string, events: number, detail: string) => {
    rows.push([what, String(events), detail]);
    process.stderr.write(`${what}: ${events}\n`);
  };
  const { rounds } = options;
  const few = Math.ceil(rounds / 5);
  /** The same blow to runs of all kinds. Side by side, because most of the time is spent waiting. */
  const all = async <T>(
    blow: (name: JourneyName, options: ChaosOptions) => Promise<T>,
    tell: (what: string, results: readonly T[]) => void,
    often = { forth: rounds, back: few },
  ) => {
    const inTurn = async (names: readonly JourneyName[], each: number) => {
      const results: T[] = [];
      for (const name of names) results.push(await blow(name, { ...options, rounds: each }));
      return results;
    };
    const [transactions, statements, back] = await Promise.all([
      inTurn(['transactions'], often.forth),
      inTurn(['statements'], often.forth),
      inTurn(BACK, often.back),
    ]);
    tell(WHAT.transactions, transactions);
    tell(WHAT.statements, statements);
    tell(WHAT.back, back);
  };
  const struck = (blow: string) => (what: string, results: readonly Struck[]) => {
    const [events, hits] = [sum(results, ({ events }) => events), sum(results, ({ hits }) => hits)];
    note(blow + what, events, `${hits} in the middle of a run`);
  };
  await all((name, chosen) => killRunners(serverUrl, name, chosen), struck('runner killed (SIGKILL)'));
  for (const [end, said] of [
    ['terminate', 'backend terminated'],
    ['cancel', 'statement cancelled'],
  ] as const) {
    await all((name, chosen) => killBackends(serverUrl, end, name, chosen), struck(said));
  }
  // One after the other: a crash ends all sessions.
  let turn: Promise<unknown> = Promise.resolve();
  const crash = (name: JourneyName, chosen: ChaosOptions) => {
    const mine = turn.then(() => killBackends(serverUrl, 'crash', name, chosen));
    turn = mine;
    return mine;
  };
  await all(crash, struck('backend crashed, server recovered'), { forth: few, back: Math.ceil(few / 3) });
  const cut = (name: JourneyName, chosen: ChaosOptions) =>
    cutEverywhere(serverUrl, name, chosen, name === 'transactions' ? {} : { waysPerFlight: 1 });
  await all(cut, (what, results) => {
    const [flights, cuts] = [sum(results, (it) => it.flights), sum(results, (it) => it.cuts)];
    const lost = sum(results, ({ lostCommits }) => lostCommits);
    note(`connection cut${what}`, cuts, `at each of ${flights} flights; ${lost} lost the answer to COMMIT`);
  });
  for (const name of ['transactions', 'statements'] as const) {
    const silences = await fallSilent(serverUrl, name, options, { deadlineMs: 15_000, freeWithinMs: 20_000 });
    const longest = formatDuration(Math.max(...silences.map(({ freeMs }) => freeMs)));
    note(
      `connection silent${WHAT[name]}`,
      silences.length,
      `transaction ended ${longest} after its run, at most`,
    );
  }
  for (const name of ['transactions', 'statements'] as const) {
    const { runners, tookMs } = await crowd(serverUrl, name, { here: 30, processes: 4, each: 5 });
    note(`runners at once${WHAT[name]}`, runners, `on an empty database, ${formatDuration(tookMs)}`);
  }
  for (const end of ['killed', 'cut'] as const) {
    for (const name of ['transactions', 'statements'] as const) {
      const { rounds: events, refused } = await loseOneOfMany(serverUrl, end, name, {
        ...options,
        rounds: few,
      });
      const then =
        refused > 0 ? `${refused} times they had to refuse, until somebody went on` : 'they went on';
      note(`runner ${end} while five waited${WHAT[name]}`, events, then);
    }
  }
  console.log(`\n== What was done to runs of migrations, in ${formatDuration(performance.now() - began)}`);
  console.log(formatTable(rows, new Set([1])));
  console.log('Lost: 0. Done twice: 0. Half done: 0. Reported wrongly: 0.');
}

function sum<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
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
  const drawn = chaosOptions(30, {
    RELIABILITY_ROUNDS: values.rounds,
    RELIABILITY_SEED: values.seed ?? process.env.RELIABILITY_SEED,
  });
  const { seed, rounds } = drawn;
  const options = { ...drawn, replay: `node bench/reliability.ts --rounds ${rounds} --seed ${seed}` };
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
