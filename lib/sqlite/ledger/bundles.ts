import type { DatabaseSync } from 'node:sqlite';
import type { Runner } from '../../engine/session-options.ts';
import type { Bundle, KnownBundles } from '../../plan/known.ts';
import { mayBeOlder } from '../../plan/older.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { hasJournal } from './journal.ts';
import type { Ledger } from './read.ts';
import { bundlesTable, hasTable, journalTable, NOW } from './tables.ts';

/** What is on record of the files that were run, as far as it matters for these. */
export function readBundles(
  database: DatabaseSync,
  name: LedgerName,
  own: Bundle,
  ledger: Ledger,
): KnownBundles {
  if (!hasTable(database, `${name.table}_bundles`)) return { ranBefore: false };
  const table = bundlesTable(name);
  const row = database
    .prepare(
      `SELECT b.id, b.who, b.recorded_at, b.files, b.by_deploy, o.id IS NOT NULL AS ran, o.first_number > b.first_number AS came_later
        FROM ${table} b LEFT JOIN ${table} o ON o.id = ? ORDER BY b.number DESC LIMIT 1`,
    )
    .get(own.id);
  if (!row) return { ranBefore: false };
  const id = String(row.id);
  const known: KnownBundles = {
    ranBefore: row.ran === 1 && id !== own.id,
    cameLater: row.came_later === 1,
    last: {
      id,
      who: String(row.who),
      byDeploy: row.by_deploy === 1,
      recordedAt: `${row.recorded_at}Z`,
      files: typeof row.files === 'string' ? JSON.parse(row.files) : own.files,
    },
  };
  return mayBeOlder(own, known) ? { ...known, hasNewText: hasNewText(database, name, own, ledger) } : known;
}

/** Whether one of the files has a text that the database never got: such files are not those that somebody goes back to. */
function hasNewText(
  database: DatabaseSync,
  name: LedgerName,
  { files, initial = [] }: Bundle,
  { rows }: Ledger,
): boolean {
  const inLedger = new Set(rows.map(({ checksum }) => checksum));
  // What another tool applied has no checksum to compare.
  const unsaid = new Set(rows.filter(({ checksum }) => checksum === undefined).map(({ version }) => version));
  const unseen = files.filter(
    ([version, checksum]) => !inLedger.has(checksum) && !unsaid.has(version) && !initial.includes(version),
  );
  if (unseen.length === 0 || !hasJournal(database, name)) return unseen.length > 0;
  const applied = database.prepare(
    `SELECT 1 FROM ${journalTable(name)} WHERE status = 'applied' AND checksum = ? LIMIT 1`,
  );
  return unseen.some(([, checksum]) => applied.get(checksum) === undefined);
}

/** Whether these are on record as the last ones. */
export function isRecorded({ last }: KnownBundles, { id }: Bundle, { isDeploy }: Runner): boolean {
  return last?.id === id && (last.byDeploy || !isDeploy);
}

/** Records files as the last ones. Of those before them only the name is kept, which is enough to recognise them. */
export function recordBundle(
  database: DatabaseSync,
  name: LedgerName,
  { id, files }: Bundle,
  { who, toolVersion, isDeploy }: Runner,
): void {
  const table = bundlesTable(name);
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL, files TEXT, recorded_at TEXT NOT NULL,
      who TEXT NOT NULL, tool_version TEXT NOT NULL, first_number INTEGER NOT NULL, by_deploy INTEGER NOT NULL);
    UPDATE ${table} SET files = NULL WHERE files IS NOT NULL;`,
  );
  const next = `(SELECT coalesce(max(number), 0) + 1 FROM ${table})`;
  database
    .prepare(
      `INSERT INTO ${table} (id, number, files, recorded_at, who, tool_version, by_deploy, first_number)
        VALUES (?, ${next}, ?, ${NOW}, ?, ?, ?, ${next})
        ON CONFLICT (id) DO UPDATE SET number = excluded.number, files = excluded.files, recorded_at = excluded.recorded_at,
          who = excluded.who, tool_version = excluded.tool_version, by_deploy = excluded.by_deploy`,
    )
    .run(id, JSON.stringify(files), who, toolVersion, isDeploy ? 1 : 0);
}
