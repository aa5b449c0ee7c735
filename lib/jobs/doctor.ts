import { type ErrorReport, toErrorReport } from '../errors/error.ts';
import { listFolder, noMigrations } from '../migrations/listing.ts';
import { nextFor, psqlCommand } from '../postgres/doctor/commands.ts';
import { type Examined, examine } from '../postgres/doctor/examine.ts';
import { presentedCertificate } from '../postgres/doctor/presented.ts';
import { knock, resolveHost, untilReached } from '../postgres/doctor/reach.ts';
import { explainConnectError } from '../postgres/explain/connect.ts';
import { quoteName } from '../postgres/identifiers.ts';
import {
  checkOfError,
  type DoctorCheck,
  type DoctorReport,
  type DoctorStep,
  judgeChecks,
} from '../reports/doctor.ts';
import type { FolderFacts, NetworkFacts, SettingReport } from '../reports/doctor-facts.ts';
import {
  checkLogin,
  checkName,
  checkNetwork,
  checkTls,
  describeCertificate,
} from '../reports/doctor-network.ts';
import { checkRights } from '../reports/doctor-rights.ts';
import { checkSession } from '../reports/doctor-session.ts';
import { inOrder } from '../reports/doctor-steps.ts';
import { isOnThisMachine } from '../settings/near.ts';
import type { KnownServer } from '../settings/origins.ts';
import type { DatabaseSettings, PostgresSettings } from '../settings/settings.ts';
import { count } from '../text/format.ts';
import { reachedAt } from '../text/place.ts';

/** What is to be looked at. */
export interface DoctorTarget {
  /** Absent where they have a fault. */
  readonly settings?: PostgresSettings | undefined;
  /** Why they are absent. */
  readonly settingsError?: unknown;
  /** The server, where that much is known all the same. */
  readonly server?: KnownServer | undefined;
  /** Hears what is looked at before it is: some of it may take as long as the time for connecting. */
  readonly onStep?: (what: string) => void;
  /** Where each came from. */
  readonly origins: readonly SettingReport[];
  /** The folder of SQL files, and what it is called in the report. @default none is looked at */
  readonly folder?: { readonly path: string; readonly shownAs: string; readonly mayBeEmpty?: boolean };
}

/**
 * Says step by step what the settings are, whether their server can be reached, what it is and what this user may do there, and what of it would
 * keep `up` from running. It reads, takes no lock of migrations, and ends in no failure: what went wrong is in the report, and the steps
 * that do not depend on it are done all the same.
 *
 * @throws never on purpose
 */
export async function doctor(target: DoctorTarget): Promise<DoctorReport> {
  const { settings, settingsError, server: known, origins, folder, onStep = () => {} } = target;
  const way = settings?.database ?? known;
  if (way) onStep(`Looking at ${reachedAt(way)}: the way to it`);
  const [server, files] = await Promise.all([
    settings ? lookAtServer(settings, origins, onStep) : known ? lookAtNetwork(known) : { checks: [] },
    folder ? lookAtFolder(folder) : { checks: [] },
  ]);
  const own: DoctorCheck = settings
    ? { step: 'settings', status: 'ok', message: describeSettings(settings) }
    : checkOfError('settings', toErrorReport(settingsError), NAME_IT);
  const { checks: ofServer, ...facts } = server;
  const { checks: ofFiles, ...found } = files;
  const checks = inOrder([own, ...ofServer, ...ofFiles], folder === undefined ? ['files'] : []);
  return {
    ...{ command: 'doctor', status: judgeChecks(checks), environment: settings?.environment },
    ...{ settings: origins, ...facts, ...found, checks },
  };
}

type OnStep = (what: string) => void;

const NAME_IT = {
  words: 'Or name the database here',
  run: 'registry-jobs doctor --database-url postgres://user@localhost:5432/database',
};

function describeSettings({ environment }: PostgresSettings): string {
  return environment === undefined ? 'where each came from:' : `of ${environment}, and where each came from:`;
}

type OfServer = Pick<DoctorReport, 'network' | 'tls' | 'login' | 'session' | 'checks'>;

async function lookAtServer(
  settings: PostgresSettings,
  origins: readonly SettingReport[],
  onStep: OnStep,
): Promise<OfServer> {
  const { database } = settings;
  const { network, checks } = await untilReached(() => lookAtNetwork(database), database.patience);
  if (!network.reached) return { network, checks };
  onStep(`Looking at ${reachedAt(database)}: the session`);
  const found = await examine(database, settings.ledger);
  const { tls, login, session } = found;
  if (tls) {
    const from = origins.find(({ setting }) => setting === 'TLS')?.from ?? 'default';
    checks.push(checkTls(tls, isOnThisMachine(database), from, Date.now()));
  }
  if (login) checks.push(checkLogin(login, database.createToken !== undefined, database.database));
  checks.push(...(await checkWayIn(settings, found, network)));
  if (session) {
    checks.push(
      ...checkSession(session, (sql) => psqlCommand(database, sql)),
      ...checkRights(session, quoteName),
    );
  }
  return { network, ...(tls && { tls }), ...(login && { login }), ...(session && { session }), checks };
}

/** The name of the host and the way to it, for which nobody has to be let in. */
async function lookAtNetwork(server: KnownServer & Partial<DatabaseSettings>) {
  const { host, address, port } = server;
  const checks: DoctorCheck[] = [];
  let network: NetworkFacts = {};
  let step: DoctorStep = 'name';
  try {
    const addresses = await resolveHost(server);
    const isName = address === undefined && !host.startsWith('/');
    network = isName ? { addresses } : {};
    checks.push(checkName(host, address, network));
    step = 'network';
    network = { ...network, ...(await knock(server, addresses)) };
    checks.push(...[checkNetwork(port, isOnThisMachine(server), network) ?? []].flat());
  } catch (error) {
    const settings = { user: '', database: '', tls: { mode: 'disable' }, ...server } as const;
    const report = toErrorReport(explainConnectError(error, settings));
    checks.push(checkOfError(step, report, nextFor(report.code, settings)));
  }
  return { network, checks };
}

/** Why nobody was let in; or whether there is a pooler, and what the server did not answer. */
async function checkWayIn(
  { database }: PostgresSettings,
  { refused, notOurs, unanswered, login, session }: Examined,
  { reached }: NetworkFacts,
): Promise<DoctorCheck[]> {
  const explained = (step: DoctorStep, error: ErrorReport) =>
    checkOfError(step, error, nextFor(error.code, database, session?.server));
  if (refused) {
    const check = explained(STEPS[refused.code] ?? 'login', refused);
    if (refused.code !== 'connect-certificate') return [check];
    const shown = await presentedCertificate(database, reached?.address ?? database.host);
    return [shown ? { ...check, detail: `It shows a ${describeCertificate(shown)}.` } : check];
  }
  const lost = unanswered.map((error): DoctorCheck => {
    if (error.code !== 'server-error') return explained('server', error);
    const message = `one question was not answered: ${error.message} (SQLSTATE ${error.sqlstate})`;
    return { step: 'server', status: 'warning', message };
  });
  const problem = notOurs && explained(STEPS[notOurs.code] ?? 'pooler', notOurs);
  if (!login || problem?.step === 'pooler') return [...(problem ? [problem] : []), ...lost];
  const message =
    'no sign of one: the server has the process id that was announced, and the settings that we asked for';
  return [{ step: 'pooler', status: 'ok', message }, ...(problem ? [problem] : []), ...lost];
}

/** At which step an error is met, where it is not logging in. */
const STEPS: Readonly<Partial<Record<ErrorReport['code'], DoctorStep>>> = {
  'connect-certificate': 'tls',
  'connect-no-tls': 'tls',
  'connect-pooler': 'pooler',
  'connect-wrong-server': 'read-only',
};

async function lookAtFolder({
  path,
  shownAs,
  mayBeEmpty = false,
}: NonNullable<DoctorTarget['folder']>): Promise<Pick<DoctorReport, 'folder' | 'checks'>> {
  try {
    const listing = await listFolder(path, shownAs);
    const files = listing.files.filter((name) => /\.sql$/i.test(name)).length;
    const folder: FolderFacts = { folder: shownAs, files };
    if (files === 0 && !mayBeEmpty)
      return { folder, checks: [checkOfError('files', toErrorReport(noMigrations(shownAs, listing)))] };
    const message = `${count(files, 'SQL file')} in ${shownAs}, counted and not read. To have them read:`;
    return { folder, checks: [{ step: 'files', status: 'ok', message, run: 'registry-jobs lint' }] };
  } catch (error) {
    return { checks: [checkOfError('files', toErrorReport(error))] };
  }
}
