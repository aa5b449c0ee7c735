import { type ErrorReport, RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import type { LoginFacts, SessionFacts, TlsFacts } from '../../reports/doctor-facts.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import type { Encryption, Observer } from '../session/observe.ts';
import { quickly } from '../session/session-options.ts';
import { readLedgerRights, readLock, readRoles, readSchemas } from './rights.ts';
import { measure, readConnections, readDefaults, readServer } from './server.ts';

/** What came of opening a session and asking in it. */
export interface Examined {
  /** What the connection was protected by, as far as it came to that. */
  readonly tls?: TlsFacts;
  /** Absent where nobody was let in. */
  readonly login?: LoginFacts;
  readonly session?: SessionFacts;
  /** Why nobody was let in. */
  readonly refused?: ErrorReport;
  /** Why the session is not ours alone, or not with the server that was asked for. */
  readonly notOurs?: ErrorReport;
  /** What could not be asked. */
  readonly unanswered: readonly ErrorReport[];
}

/**
 * Opens a session as every command does, and asks all that there is to ask of it. It reads, and takes no lock of migrations. Throws nothing: what
 * went wrong is part of what was found.
 */
export async function examine(settings: DatabaseSettings, ledger: LedgerName): Promise<Examined> {
  const seen = createSeen();
  let asked: Asked | undefined;
  let refused: unknown;
  try {
    const options = { ...quickly('registry-jobs doctor'), observer: seen.observer };
    await withConnection(settings, options, async (connection) => {
      asked = { unanswered: [], session: {} };
      await askAll(connection, settings, ledger, asked);
    });
  } catch (error) {
    // Whatever a pooler has answered is there already, and that it is one.
    if (!asked) refused = error;
    else if (!asked.notOurs) asked.unanswered.push(toErrorReport(error));
  }
  const tls = seen.tls(settings, asked !== undefined);
  if (!asked) return { ...(tls && { tls }), refused: toErrorReport(refused), unanswered: [] };
  return { ...(tls && { tls }), login: { user: settings.user, method: seen.method() }, ...asked };
}

interface Asked {
  session: SessionFacts;
  notOurs?: ErrorReport;
  readonly unanswered: ErrorReport[];
}

async function askAll(
  connection: Connection,
  settings: DatabaseSettings,
  ledger: LedgerName,
  asked: Asked,
): Promise<void> {
  await connection.isOurs.catch((error: unknown) => {
    if (!(error instanceof RegistryJobsError)) throw error;
    asked.notOurs = toErrorReport(error);
  });
  // Behind a pooler our bound for waiting may not have arrived, so no table is opened.
  const mayRead = asked.notOurs === undefined;
  const questions: readonly (() => Promise<SessionFacts>)[] = [
    async () => ({ server: await readServer(connection) }),
    () => readDefaults(connection),
    async () => {
      const connections = await readConnections(connection);
      return connections ? { connections } : {};
    },
    async () => ({ roles: await readRoles(connection, ledger) }),
    async () => ({ schemas: await readSchemas(connection) }),
    async () => ({ ledger: await readLedgerRights(connection, settings, ledger, mayRead) }),
    async () => ({ lock: await readLock(connection, settings, ledger) }),
    // Alone, so that nothing is measured but the way.
    () => measure(connection),
  ];
  for (const question of questions) {
    try {
      asked.session = { ...asked.session, ...(await question()) };
    } catch (error) {
      const report = toErrorReport(error);
      if (!asked.unanswered.some(({ message }) => message === report.message)) asked.unanswered.push(report);
    }
  }
}

/** What is seen of the way in, of the last try. */
function createSeen() {
  let encryption: Encryption | undefined;
  let method: LoginFacts['method'] = 'none';
  const observer: Observer = {
    begin: () => {
      [encryption, method] = [undefined, 'none'];
    },
    encrypted: (seen) => {
      encryption = seen;
    },
    asks: (asked) => {
      method = asked;
    },
  };
  return {
    observer,
    method: () => method,
    /** Nothing where it did not come to a session, and nobody knows whether TLS was to blame. */
    tls: ({ tls: { mode }, host }: DatabaseSettings, isIn: boolean): TlsFacts | undefined => {
      if (!encryption) return isIn || mode === 'disable' ? { mode, authorityVerified: false } : undefined;
      const isFull = mode === 'verify-full';
      return {
        mode,
        ...encryption,
        ...(isFull && { verifiedName: host }),
        authorityVerified: isFull || mode === 'verify-ca',
      };
    },
  };
}
