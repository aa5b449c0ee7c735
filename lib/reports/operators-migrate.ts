import { count, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { wrapWords } from '../text/wrap.ts';

/** What `operators migrate` did. */
export interface OperatorsMigrateReport {
  readonly command: 'operators migrate';
  readonly status: 'migrated' | 'nothing-to-do';
  /** As it was named. */
  readonly file: string;
  /** -1 before version 0. */
  readonly from: number;
  readonly to: number;
  /** Who had written down the version; with `none` the tables told it, and with `golang-migrate` too. */
  readonly ledger: 'operator-registry' | 'golang-migrate' | 'none';
  /** The version that golang-migrate had. */
  readonly replaced?: string;
  readonly steps: readonly {
    readonly version: number;
    readonly title: string;
    readonly way: 'up' | 'down';
  }[];
  /** Rows that refer to what is not there, as before in another table, or where nobody could look. */
  readonly dangling: readonly { readonly table: string; readonly parent: string; readonly rows: number }[];
}

/** Says it. Pure. */
export function renderOperatorsMigrateReport(report: OperatorsMigrateReport): string {
  const { status, file, from, to, ledger, replaced, steps, dangling } = report;
  if (status === 'nothing-to-do')
    return visible(wrapWords(`${file} is at version ${to}: nothing to do.`).join('\n'));
  const start = from < 0 ? 'before version 0' : `version ${from}`;
  const lines = wrapWords(`Migrated ${file} from ${start} to version ${to}, in one transaction:`);
  for (const { version, title, way } of steps) lines.push(`  ${way.padEnd(4)}  ${version} ${title}`);
  if (ledger === 'none') lines.push(...wrapWords('It had no ledger: its tables told the version.'));
  if (ledger === 'golang-migrate') {
    const was = replaced === undefined ? 'without a row' : `with version ${replaced}`;
    lines.push(
      ...wrapWords(`The ledger of golang-migrate, ${was}, is replaced: the tables told the version.`),
    );
  }
  for (const { table, parent, rows } of dangling)
    lines.push(
      ...wrapWords(`${count(rows, 'row')} of ${table} refer to a row of ${parent} that is not there.`),
    );
  if (steps.some(({ way }) => way === 'down')) {
    const kept = `What version ${to} cannot hold waits in tables registry_jobs_kept_... for the way up.`;
    lines.push(...wrapWords(kept));
  } else
    lines.push(
      'What older loaders never wrote is derived by:',
      `  registry-jobs operators repair ${shellWord(file)}`,
    );
  return visible(lines.join('\n'));
}
