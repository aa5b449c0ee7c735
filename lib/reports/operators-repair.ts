import { count, formatTable, listed, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { WIDTH, wrapWords } from '../text/wrap.ts';

/** What was done to one table. */
export interface RepairedTable {
  readonly table: string;
  /** Rows that it had, and has. */
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** What was done, each kind once. */
  readonly what: readonly {
    readonly done: string;
    readonly rows: number;
    /** The bundles that it was done to. */
    readonly bundles: readonly string[];
  }[];
}

/** Something that is lost, and is not in the manifests inside. */
export interface NotDerived {
  readonly what: string;
  /** The bundles that it is about. */
  readonly bundles: readonly string[];
}

/** What `operators repair` found, and did. */
export interface OperatorsRepairReport {
  readonly command: 'operators repair';
  /** `would-repair` after a look: nothing was written. */
  readonly status: 'repaired' | 'would-repair' | 'nothing-to-do';
  /** As it was named. */
  readonly file: string;
  readonly bundles: number;
  /** Only those that it changed, or would. */
  readonly tables: readonly RepairedTable[];
  readonly notDerived: readonly NotDerived[];
}

/** Says it. Pure. */
export function renderOperatorsRepairReport(report: OperatorsRepairReport): string {
  const { status, file, bundles, tables, notDerived } = report;
  const lines: string[] = [];
  const looked = `${count(bundles, 'bundle')} of ${file}`;
  if (status === 'nothing-to-do') {
    lines.push(...wrapWords(`Nothing to repair: the rows of ${looked} are what their manifests say.`));
  } else {
    lines.push(...wrapWords(`${status === 'repaired' ? 'Repaired' : 'Would repair'} ${looked}:`), '');
    const head = ['table', 'rows', 'after', 'added', 'changed', 'removed'];
    const rows = tables.map((it) => [
      it.table,
      ...[it.before, it.after, it.added, it.changed, it.removed].map(String),
    ]);
    lines.push(indent(formatTable([head, ...rows], new Set([1, 2, 3, 4, 5]))), '');
    for (const { table, what } of tables) {
      for (const it of what) lines.push(...sayOne(`${table}: ${it.done}`, it.rows, it.bundles));
    }
  }
  if (notDerived.length > 0) {
    lines.push('', 'Not in the manifests, so it stays as it is:');
    for (const { what, bundles: names } of notDerived) lines.push(...sayNames(what, names));
  }
  if (status === 'would-repair') {
    lines.push('', 'Nothing was written. To write it, in one transaction:');
    lines.push(`  registry-jobs operators repair ${shellWord(file)} --yes`);
  }
  return visible(lines.join('\n'));
}

function sayOne(done: string, rows: number, bundles: readonly string[]): string[] {
  return sayNames(`${done}, ${count(rows, 'row')}`, bundles);
}

function sayNames(what: string, bundles: readonly string[]): string[] {
  const names = bundles.length > 0 ? `: ${listed(bundles)}` : '';
  return wrapWords(`- ${what}${names}`, '  ', '    ');
}

function indent(table: string): string {
  return table
    .split('\n')
    .map((line) => `  ${line}`.slice(0, WIDTH).trimEnd())
    .join('\n');
}
