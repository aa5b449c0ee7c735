import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly migrations: number;
  readonly rounds: number;
  readonly roundTrips: readonly number[];
  readonly applied: number;
  readonly loads: number;
  readonly files: readonly number[];
  readonly changed: readonly number[];
  /** Events for each file; undefined as the seed has them. */
  readonly events?: number;
  readonly megabytes: number;
  readonly statements: readonly number[];
  readonly pairs: number;
  readonly parts: ReadonlySet<Part>;
  readonly json?: string;
}

const USUAL = ['migrations', 'history', 'start', 'lambdas', 'statistics', 'prove'] as const;
const PARTS = [...USUAL, 'suite'] as const;
export type Part = (typeof PARTS)[number];

export const USAGE = `Usage: npm run bench -- [options]

  --only PART        migrations, history, start, lambdas, statistics or prove (default: all of these), or suite, which is
                     npm start and npm test; may be given several times
  --rounds N         how often each tool applies the migrations at each round-trip time (3)
  --migrations N     how many migrations are generated (200)
  --round-trips LIST injected round-trip times in milliseconds (0,2)
  --applied N        how many migrations the long history has (10000)
  --loads N          how often each Lambda bundle is loaded (21)
  --files LIST       how many files the registries have whose statistics are refreshed (1000000,4000000)
  --changed LIST     how many of them change between two refreshes (100,10000,100000)
  --events N         how many events a file has in these: a registry in production has ten (what the seed makes: 1.3)
  --megabytes N      how large the table is on whose copies prove tries files (1024)
  --statements LIST  how many statements the sets have that are proved: multiples of ten (100,200,400)
  --pairs N          how many pairs are proved (500)
  --json FILE        also write every single figure to FILE
  --help             show this

Exit code 1: a goal that is a count or a size was missed, or a tool failed. A missed time is only shown.`;

/** @throws Error that says which option is wrong */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [...USUAL] },
      rounds: { type: 'string', default: '3' },
      migrations: { type: 'string', default: '200' },
      'round-trips': { type: 'string', default: '0,2' },
      applied: { type: 'string', default: '10000' },
      loads: { type: 'string', default: '21' },
      files: { type: 'string', default: '1000000,4000000' },
      changed: { type: 'string', default: '100,10000,100000' },
      events: { type: 'string' },
      megabytes: { type: 'string', default: '1024' },
      statements: { type: 'string', default: '100,200,400' },
      pairs: { type: 'string', default: '500' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const parts = values.only.map((only) => {
    const part = PARTS.find((name) => name === only);
    if (!part) throw new Error(`--only ${only}: there are ${PARTS.join(', ')}.`);
    return part;
  });
  const roundTrips = values['round-trips'].split(',').map((text) => {
    const milliseconds = Number(text);
    if (text.trim() !== '' && milliseconds >= 0 && milliseconds <= 1_000) return milliseconds;
    throw new Error(`--round-trips ${values['round-trips']}: give milliseconds from 0 to 1000, such as 0,2.`);
  });
  return {
    migrations: parseCount('--migrations', values.migrations),
    rounds: parseCount('--rounds', values.rounds),
    roundTrips,
    applied: parseCount('--applied', values.applied),
    loads: parseCount('--loads', values.loads),
    files: parseCounts('--files', values.files),
    changed: parseCounts('--changed', values.changed),
    ...(values.events !== undefined && { events: parseCount('--events', values.events) }),
    megabytes: parseCount('--megabytes', values.megabytes),
    statements: parseCounts('--statements', values.statements),
    pairs: parseCount('--pairs', values.pairs),
    parts: new Set(parts),
    ...(values.json !== undefined && { json: values.json }),
  };
}

function parseCounts(option: string, text: string): number[] {
  return text.split(',').map((part) => parseCount(option, part));
}

function parseCount(option: string, text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new Error(`${option} ${text}: give whole numbers from 1 to 99999999.`);
}
