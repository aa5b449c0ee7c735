import type { CompiledMigrations } from '../../migrations/compiled.ts';
import {
  PROVE_CHECKS,
  type ProveCheck,
  type ProvedOn,
  type ProveFinding,
  type ProveReport,
  type ProveScope,
} from '../../reports/prove.ts';
import { statusOf } from '../../reports/prove-verdict.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import { withLate } from './assemble.ts';
import type { Capture } from './capture.ts';
import type { ProveContext, ProveProgress } from './context.ts';
import { isKnown } from './findings.ts';
import { proveInOrder, withSizes } from './in-order.ts';
import { NO_LARGE_TABLES } from './large.ts';
import type { OnDatabase } from './on-database.ts';
import { proveChain } from './prove-chain.ts';
import { type Late, proveLate, proveSetAgain } from './prove-late.ts';
import type { Rows } from './rows.ts';
import { withStage } from './stage.ts';
import { captureNow } from './trials.ts';

export interface ProveOptions {
  /** Where the server is from, for the report. */
  readonly source: string;
  readonly ledger: LedgerName;
  /** Versions of the files that are judged; those before them are applied without trials. @default all */
  readonly judged?: ReadonlySet<string>;
  /** What is done beside running each file once. @default all */
  readonly checks?: readonly ProveCheck[];
  /** Rows for the files to work on. @default none */
  readonly rows?: Rows;
  /** A database whose copies are used, instead of a new one. @default none */
  readonly on?: OnDatabase;
  /** The largest table whose rows are compared, in bytes. @default 64 MB on a given database, else no table is too large */
  readonly rowsUpTo?: number;
  /** After how many statements at the most a file is stopped, beside the last one. @default 200 */
  readonly mostStops?: number;
  /** Makes a missing role, one that may not log in: on a server that is thrown away. @default false */
  readonly mayMakeRoles?: boolean;
  readonly onProgress?: (progress: ProveProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

const MOST_STOPS = 200;

/** A look sums up some 100 MB a second, and there are several looks for each statement of a file. */
const ROWS_UP_TO = 64 * 2 ** 20;

/**
 * Shows by doing what a set of files does when it is run again, stopped in the middle, run late, and undone. All of it happens in a database
 * that is made for it on this server, and in copies of that one; all are dropped at the end.
 *
 * @param server where databases may be created; its own is not touched
 */
export async function prove(
  server: DatabaseSettings,
  compiled: CompiledMigrations,
  options: ProveOptions,
): Promise<ProveReport> {
  const began = performance.now();
  const { ledger, onProgress = () => {}, mostStops = MOST_STOPS, mayMakeRoles = false, signal, on } = options;
  const { rows = {}, rowsUpTo = on ? ROWS_UP_TO : Infinity } = options;
  const version = await withConnection(server, quickly('registry-jobs prove'), async (connection) => {
    await connection.isOurs;
    return connection.serverVersion;
  });
  const { migrations } = compiled;
  const appliedBefore = on?.appliedBefore ?? new Set();
  const isJudged = (one: string) => !appliedBefore.has(one) && options.judged?.has(one) !== false;
  const judged = new Set(migrations.map((one) => one.version).filter(isJudged));
  const scope = scopeOf(options, migrations.length, judged.size, appliedBefore.size);
  const name = `registry_jobs_prove_${crypto.randomUUID().slice(0, 8)}`;
  return withStage(on?.settings ?? server, { name, template: on }, signal, async (stage) => {
    let trials = 0;
    const context: ProveContext = {
      stage,
      leaveOut: ledgerTables(ledger),
      migrations,
      judged,
      checks: new Set(PROVE_CHECKS.filter((check) => !scope.leftOut.includes(check))),
      mostStops,
      mayMakeRoles,
      large: NO_LARGE_TABLES,
      isRealSize: on !== undefined,
      onProgress,
      count: (more) => {
        trials += more;
      },
    };
    const { checks } = context;
    const hasLedger = on?.hasLedger ?? false;
    const setting = { ledger, hasLedger, appliedBefore, rows, rowsUpTo };
    const { files, before, onlyApplied, isWhole } = await proveInOrder(context, setting);
    const sized = isWhole ? await withSizes(context, rowsUpTo) : context;
    // Nothing that comes now changes the database itself.
    let looked: Promise<Capture> | undefined;
    const final = () => (looked ??= captureNow(sized));
    const asksLate = checks.has('late') && isWhole;
    const late: ReadonlyMap<string, Late> = asksLate ? await proveLate(sized, files, final) : new Map();
    const none = checks.has('set') ? NOT_SHOWN : NOT_ASKED;
    const asksSet = checks.has('set') && isWhole;
    const again = asksSet ? await proveSetAgain(sized, final) : none.again;
    const chain = asksSet ? await proveChain(sized, before, final) : none.chain;
    const scripts = new Map(migrations.map((one) => [one.version, one]));
    const proved = files.map((file) =>
      withLate(file, late.get(file.version), scripts.get(file.version), checks),
    );
    const all = proved.flatMap((file) => file.findings);
    const findings = [...again.findings, ...chain.findings].filter((one) => !isKnown(one, all));
    const set = { again: again.again, chain: chain.chain };
    const isPart = scope.leftOut.length > 0 || scope.judged < scope.of;
    return {
      command: 'prove',
      format: 1,
      status: statusOf(proved, findings, isPart),
      server: { version, source: options.source },
      ...(isPart && { scope: { ...scope, onlyApplied } }),
      ...(on && { on: provedOn(on, rowsUpTo) }),
      files: proved,
      findings,
      set,
      trials,
      copies: stage.copies(),
      durationMs: performance.now() - began,
    };
  });
}

/** What is looked at. The set as a whole is, where all of its files are and nothing was there before. */
function scopeOf(
  { checks = PROVE_CHECKS, on }: ProveOptions,
  of: number,
  judged: number,
  applied: number,
): ProveScope {
  const isAll = judged === of && !on;
  return {
    judged,
    of,
    onlyApplied: 0,
    ...(on && { appliedBefore: applied }),
    leftOut: PROVE_CHECKS.filter((check) => !checks.includes(check) || (check === 'set' && !isAll)),
  };
}

function provedOn({ database: { host, port, name }, bytes }: OnDatabase, rowsUpTo: number): ProvedOn {
  return { host, port, name, bytes, ...(rowsUpTo !== Infinity && { rowsUpTo }) };
}

const NOT_ASKED = {
  again: { again: 'not-asked', findings: [] as ProveFinding[] },
  chain: { chain: 'not-asked', findings: [] as ProveFinding[] },
} as const;

const NOT_SHOWN = {
  again: { again: 'not-shown', findings: [] as ProveFinding[] },
  chain: { chain: 'not-shown', findings: [] as ProveFinding[] },
} as const;
