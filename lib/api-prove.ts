import {
  type CompareOptions,
  type OnServer,
  partsOf,
  serverOf,
  type TrialOptions,
  trialOf,
} from './api-drift.ts';
import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { compiledOf, type MigrationSource } from './api-target.ts';
import { RegistryJobsError, UsageError } from './errors/error.ts';
import type { ProveRequest } from './jobs/prove-request.ts';
import type { CompiledMigrations } from './migrations/compiled.ts';
import type { ProveReport } from './reports/prove.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import { defaultLedger, fileLedger, type LedgerName } from './settings/ledger-name.ts';
import type { SqliteSettings } from './settings/settings.ts';
import { exactPlaceOf } from './text/place.ts';

/** Or copies of a database. */
interface OnCopies {
  /**
   * A database whose copies are used, on its own server: a restored snapshot, with real sizes. It is only read, and nobody can connect to it
   * while it is copied. Only files that are not applied there are judged. Of a SQLite file, `sqlite:./index.db`, the copies are in memory, and what is
   * applied is undone there and done again.
   */
  readonly on: string | DatabaseOptions;
  /** Whether to go on where something speaks for it being a live one, or for much work. One that is in use is refused in any case. @default false */
  readonly mayBeLive?: boolean;
  readonly server?: never;
  readonly mayMakeRoles?: never;
}

export type ProveOptions = MigrationSource &
  ((OnServer & { readonly on?: never; readonly mayBeLive?: never }) | (OnCopies & TrialOptions)) &
  CompareOptions &
  ProveRequest & {
    /** A database that is compared with what the files make that are applied there: see {@link drift}. @default none */
    readonly against?: string | DatabaseOptions;
  };

/**
 * Shows, by doing it on a server of yours, that each file can be run again, stopped anywhere and run again, run late, and undone, as
 * `registry-jobs prove` does. What is found is in the report: its `status` is `findings` then.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError `connect-...`, and with `on` `live-database` and `no-copies`; the
 *   server's own error where no database can be made
 */
export async function prove(options: ProveOptions): Promise<ProveReport> {
  const { server, on, against, mayMakeRoles = false, signal } = options;
  const secrets = [server ?? on, against].map((one) => one && passwordOf(one));
  return withoutSecrets(secrets, async () => {
    if ((server === undefined) === (on === undefined))
      throw new UsageError('invalid-settings', 'Either a server or a database to copy has to be named.', {
        hint: 'Give `server`, where databases may be created, or `on`, a restored snapshot.',
      });
    const file = on === undefined ? undefined : sqliteOf(on);
    const compared = against === undefined ? undefined : serverOf(against);
    const compiled = await compiledOf(options, file && on);
    // Loaded only here: an application that migrates never needs it.
    const { prove: run, proveAgainst, proveSqlite } = await import('./jobs/prove.ts');
    const { readRequest } = await import('./jobs/prove-request.ts');
    const asked = await readRequest('', compiled, options, file);
    if (file) {
      const ledger = { ...(options.ledger ?? fileLedger), schema: 'main' };
      return proveSqlite(file, compiled, { ...asked, ledger, signal });
    }
    const ledger = options.ledger ?? compared?.ledger ?? defaultLedger;
    const copied = on === undefined ? undefined : await openCopies(on, compiled, ledger, options);
    const trial = copied?.trial ?? trialOf(server ?? '', mayMakeRoles);
    const common = { ...asked, ...(copied && { on: copied.on }), source: trial.source, ledger, signal };
    const report = compared
      ? await proveAgainst(trial, compiled, {
          ...common,
          mayMakeRoles,
          against: { settings: compared, ...partsOf(options) },
        })
      : await run(trial.settings, compiled, { ...common, mayMakeRoles });
    return redactDeep(report, secrets);
  });
}

/** @throws RegistryJobsError `live-database`, `no-copies`, `connect-...` */
async function openCopies(
  database: string | DatabaseOptions,
  compiled: CompiledMigrations,
  ledger: LedgerName,
  { mayBeLive = false }: { readonly mayBeLive?: boolean | undefined },
) {
  const { lookAtDatabase } = await import('./jobs/prove.ts');
  const on = await lookAtDatabase(serverOf(database).database, compiled, ledger);
  const { host, port, name } = on.database;
  if (on.signs.length > 0 && !mayBeLive)
    throw new RegistryJobsError(
      'live-database',
      `${exactPlaceOf(on.database)} may be a live one, or more than is meant: ${on.signs.join('; ')}.`,
      {
        hint: 'Nothing was done. Name a snapshot that was restored for this, or say that it is meant: mayBeLive: true',
      },
    );
  const source = `copies of ${name} on ${host}:${port}`;
  return { on, trial: { settings: on.settings, source, mayMakeRoles: false } };
}

/** A file of SQLite, where one is named. */
function sqliteOf(database: string | DatabaseOptions): SqliteSettings | undefined {
  const { database: settings } = settingsOf(database);
  return settings.kind === 'sqlite' ? settings : undefined;
}
