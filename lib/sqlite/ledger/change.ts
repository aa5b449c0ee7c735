import type { DatabaseSync } from 'node:sqlite';
import type { LedgerWrite } from '../../engine/dialect.ts';
import type { Runner } from '../../engine/session-options.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { ensureJournal, insertAttempt } from './journal.ts';
import { type Ledger, numberOf, readLedger } from './read.ts';
import {
  ensureLedger,
  forgetVersion,
  keepLedger,
  notTheNewest,
  recordVersion,
  renameVersion,
  setNewest,
} from './write.ts';

type Change = LedgerWrite['changes'][number];

/**
 * Writes what `force`, `baseline`, `adopt` and `renumber` have decided, with a row each in the journal. Inside a transaction.
 *
 * @throws RegistryJobsError `ledger-one-row`
 */
export function changeLedger(
  database: DatabaseSync,
  name: LedgerName,
  { command, changes, keepAs, bundle }: LedgerWrite,
  found: Ledger,
  runner: Runner,
): void {
  if (keepAs !== undefined) keepLedger(database, name, keepAs);
  const ledger = keepAs === undefined ? found : readLedger(database, name);
  ensureLedger(database, name, ledger);
  ensureJournal(database, name);
  if (ledger.kind === 'one-row') {
    const versions = bundle.files.map(([version]) => version);
    setNewest(database, name, newestAfter(ledger, changes, versions));
  } else for (const change of changes) changeRow(database, name, ledger, change);
  for (const change of changes) insertAttempt(database, name, attemptOf(command, change), runner, 'applied');
}

function changeRow(
  database: DatabaseSync,
  name: LedgerName,
  ledger: Ledger,
  { version, action, to, checksum }: Change,
): void {
  // To settle writes only the journal; a row that came up meanwhile must not stay either.
  if (action === 'forget' || action === 'settle') forgetVersion(database, name, ledger, version);
  else if (action === 'rename') renameVersion(database, name, version, to ?? version, checksum);
  else recordVersion(database, name, ledger, version, checksum);
}

/**
 * The version that the one row has after some changes: all files up to it must be applied then, and none after it. Pure; exported for tests.
 *
 * @throws RegistryJobsError `ledger-one-row`
 */
export function newestAfter(
  { rows, current }: Pick<Ledger, 'rows' | 'current'>,
  changes: readonly Pick<Change, 'version' | 'action' | 'to'>[],
  versions: readonly string[],
): bigint | undefined {
  const applied = new Set(rows.map(({ version }) => version));
  for (const { version, action, to } of changes) {
    if (action !== 'record') applied.delete(version);
    if (action === 'record' || action === 'rename') applied.add(to ?? version);
  }
  const numbers = [...applied].flatMap((version) => numberOf(version) ?? []);
  const newest = numbers.length === 0 ? undefined : numbers.reduce((a, b) => (a > b ? a : b));
  const isUpTo = (version: string) => {
    const number = numberOf(version);
    return number !== undefined && newest !== undefined && number <= newest;
  };
  if (versions.every((version) => !isUpTo(version) || applied.has(version))) return newest;
  const [named] = changes;
  throw notTheNewest(named?.to ?? named?.version ?? String(newest), current);
}

function attemptOf(command: LedgerWrite['command'], { version, file, to, checksum, action }: Change) {
  return {
    id: crypto.randomUUID(),
    version: to ?? version,
    file: action === 'forget' || action === 'settle' ? '' : (file ?? ''),
    checksum: checksum ?? '',
    direction: command === 'renumber' ? 'adopt' : command,
    transaction: true,
    statements: 0,
    done: 0,
    doneChecksum: '',
  } as const;
}
