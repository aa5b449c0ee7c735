import type { Migration } from '../../migrations/migration.ts';
import type { Seen } from '../../plan/comparable.ts';
import type { DriftReport } from '../../reports/drift.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { UNDEFINED_SCHEMA } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { createLedger } from '../prove/create-ledger.ts';
import { errorOf } from '../prove/findings.ts';
import type { Failed } from '../prove/run-script.ts';
import { type Stage, withStage } from '../prove/stage.ts';
import { runStep } from '../prove/trials.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import type { There } from './read-there.ts';

/** What files have made, or why they do not run. */
export type Made =
  | (Seen & { readonly version: string; readonly madeBefore: readonly string[] })
  | { readonly version: string; readonly failed: NonNullable<DriftReport['failed']> };

export interface RunOptions {
  readonly ledger: LedgerName;
  /** Where schemas are looked for that the files lack. */
  readonly there: Pick<There, 'snapshot' | 'searchPath'>;
  readonly signal?: AbortSignal | undefined;
}

/** Sessions that look for names where those of the database do: a setting of the database decides where a file makes its tables. */
export function sessionsAsThere(server: DatabaseSettings, { searchPath }: There): DatabaseSettings {
  const path = `-c search_path=${searchPath.replace(/[\\\s]/g, '\\$&')}`;
  return { ...server, options: server.options === undefined ? path : `${server.options} ${path}` };
}

/**
 * Runs files in a database of their own, in order, and looks at what they have made. A schema that they lack, and that is there, was made
 * before them: so it is here.
 */
export async function runFiles(
  server: DatabaseSettings,
  migrations: readonly Migration[],
  options: RunOptions,
): Promise<Made> {
  const madeBefore: string[] = [];
  for (;;) {
    const made = await tryFiles(server, migrations, options, madeBefore);
    const lacks = 'failed' in made ? missingSchema(made.failed, options.there) : undefined;
    if (lacks === undefined || madeBefore.includes(lacks)) return made;
    madeBefore.push(lacks);
  }
}

/** The schema that a statement lacks, where the database has it, as SQL writes it. */
function missingSchema(
  { sqlstate, message }: NonNullable<DriftReport['failed']>,
  { snapshot, searchPath }: RunOptions['there'],
): string | undefined {
  if (sqlstate !== UNDEFINED_SCHEMA) return undefined;
  const named = /^schema "(.+)" does not exist$/s.exec(message)?.[1];
  const wanted = named === undefined ? searchPath.split(/,\s*/) : [named, quoteIdentifier(named)];
  return wanted.find((schema) => snapshot.has(`schema ${schema}`));
}

async function tryFiles(
  server: DatabaseSettings,
  migrations: readonly Migration[],
  { ledger, signal }: RunOptions,
  schemas: readonly string[],
): Promise<Made> {
  const name = `registry_jobs_drift_${crypto.randomUUID().slice(0, 8)}`;
  return withStage(server, { name, migrations }, signal, async (stage) => {
    await stage.session(async (connection) => {
      await connection.send('SET default_transaction_read_only = off');
      for (const schema of schemas) await connection.send(`CREATE SCHEMA ${schema}`);
    });
    const failed = await runAll(stage, migrations, ledger);
    return stage.session(async (connection) => {
      const version = connection.serverVersion;
      if (failed) return { version, failed: errorOf(failed.up, failed) };
      const { rows } = await connection.send('SELECT current_user::text AS role');
      return {
        version,
        major: Number.parseInt(version, 10),
        role: String(rows[0]?.role),
        snapshot: await readSnapshot(connection, { leaveOut: ledgerTables(ledger) }),
        madeBefore: [...schemas],
      };
    });
  });
}

async function runAll(
  stage: Stage,
  migrations: readonly Migration[],
  ledger: LedgerName,
): Promise<(Failed & Pick<Migration, 'up'>) | undefined> {
  // An initial schema may bring the ledger along.
  let hasLedger = false;
  for (const { style, up } of migrations) {
    if (!hasLedger && style !== 'initial') {
      await createLedger({ stage }, ledger);
      hasLedger = true;
    }
    const failed = await stage.session((one) => runStep(one, { script: up }));
    if (failed) return { ...failed, up };
  }
  return undefined;
}
