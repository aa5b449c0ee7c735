import type { Migration } from '../../migrations/migration.ts';
import type { CheckResult, ProveCheck, ProvedFile, ProveFinding } from '../../reports/prove.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import { withLate } from './assemble.ts';
import type { Capture } from './capture.ts';
import type { ProveContext, ProveProgress } from './context.ts';
import { proveInOrder, withSizes } from './in-order.ts';
import { NO_LARGE_TABLES } from './large.ts';
import type { OnDatabase } from './on-database.ts';
import { proveChain } from './prove-chain.ts';
import { type Late, proveLate, proveSetAgain } from './prove-late.ts';
import type { Rows } from './rows.ts';
import { withStage } from './stage.ts';
import { captureNow } from './trials.ts';

/** What all lanes have in common. */
export interface LaneSetting {
  readonly migrations: readonly Migration[];
  readonly ledger: LedgerName;
  readonly checks: ReadonlySet<ProveCheck>;
  readonly mostStops: number;
  readonly mayMakeRoles: boolean;
  readonly on: OnDatabase | undefined;
  readonly appliedBefore: ReadonlySet<string>;
  readonly rows: Rows;
  readonly rowsUpTo: number;
  readonly onProgress: (progress: ProveProgress) => void;
}

/** One server, and what is done on it. */
export interface Lane {
  readonly server: DatabaseSettings;
  /** Versions of the files that are judged on it. */
  readonly judged: ReadonlySet<string>;
  /** Versions that are judged on another one: they are only applied here. */
  readonly elsewhere: ReadonlySet<string>;
  /** What of the set as a whole is shown here. */
  readonly again: boolean;
  readonly chain: boolean;
  /** Says at once which file could not be run here, and gives, when all servers have said so, which is the first of them. Infinity where each could. */
  readonly meet: (stop: number) => Promise<number>;
}

/** What was shown on one server. */
export interface LaneResult {
  /** Those that are judged here, and the one that could not even be applied. */
  readonly files: readonly ProvedFile[];
  readonly onlyApplied: number;
  /** Which file could not be run here, by its place among all; Infinity where each could. */
  readonly stop: number;
  /** What was found of more than one file. */
  readonly findings: readonly ProveFinding[];
  /** Nothing where it is shown elsewhere. */
  readonly again?: CheckResult;
  readonly chain?: CheckResult;
  readonly trials: number;
  readonly copies: number;
}

const NO_LATE: ReadonlyMap<string, Late> = new Map();
const NOT_SHOWN = { again: 'not-shown', chain: 'not-shown', findings: [] } as const;

/** Runs all files on a server, in a database that is made for it and dropped at the end, and judges those that are this lane's. */
export function proveLane(
  { server, judged, elsewhere, again: asksAgain, chain: asksChain, meet }: Lane,
  setting: LaneSetting,
  signal: AbortSignal | undefined,
): Promise<LaneResult> {
  const { migrations, ledger, checks, on, appliedBefore, rows, rowsUpTo } = setting;
  const name = `registry_jobs_prove_${crypto.randomUUID().slice(0, 8)}`;
  return withStage(on?.settings ?? server, { name, template: on, migrations }, signal, async (stage) => {
    let trials = 0;
    const context: ProveContext = {
      ...{ stage, migrations, judged, elsewhere, checks },
      leaveOut: ledgerTables(ledger),
      mostStops: setting.mostStops,
      mayMakeRoles: setting.mayMakeRoles,
      large: NO_LARGE_TABLES,
      isRealSize: on !== undefined,
      onProgress: setting.onProgress,
      count: (more) => {
        trials += more;
      },
    };
    const hasLedger = on?.hasLedger ?? false;
    const inOrder = { ledger, hasLedger, appliedBefore, rows, rowsUpTo, asksChain };
    const { files, before, onlyApplied, stop } = await proveInOrder(context, inOrder);
    const stops = meet(stop);
    const own = { trials, copies: stage.copies() };
    const isWhole = stop === Infinity;
    const sized = isWhole ? await withSizes(context, rowsUpTo) : context;
    // Nothing that comes now changes the database itself.
    let looked: Promise<Capture> | undefined;
    const final = () => (looked ??= captureNow(sized));
    const shown = {
      late: checks.has('late') && isWhole ? await proveLate(sized, files, final) : NO_LATE,
      again: asksAgain && isWhole ? await proveSetAgain(sized, final) : undefined,
      chain: asksChain && isWhole ? await proveChain(sized, before, final) : undefined,
    };
    // What is shown on the final state is shown where there is one: on all servers, or on none.
    const isShown = (await stops) === Infinity;
    const late = isShown ? shown.late : NO_LATE;
    const again = asksAgain ? (isShown && shown.again) || NOT_SHOWN : undefined;
    const chain = asksChain ? (isShown && shown.chain) || NOT_SHOWN : undefined;
    const scripts = new Map(migrations.map((one) => [one.version, one]));
    return {
      files: files.map((file) => withLate(file, late.get(file.version), scripts.get(file.version), checks)),
      onlyApplied,
      stop,
      findings: [...(again?.findings ?? []), ...(chain?.findings ?? [])],
      ...(again && { again: again.again }),
      ...(chain && { chain: chain.chain }),
      ...(isShown ? { trials, copies: stage.copies() } : own),
    };
  });
}
