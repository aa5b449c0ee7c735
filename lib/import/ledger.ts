import type { Known } from '../plan/known.ts';
import { type LedgerChange, type LedgerPlan, refused, unlessHalfDone } from '../plan/ledger.ts';
import type { OtherTable } from '../plan/other-table.ts';
import { type LedgerName, showLedgerName } from '../settings/ledger-name.ts';
import { count, listed, shellWord } from '../text/format.ts';
import type { Targets } from './targets.ts';
import type { Reading, Standing, Tool } from './tool.ts';

/** Where another tool has its ledger: in whatever schema, if none is named. */
export interface ToolLedgerName {
  readonly schema?: string;
  readonly table: string;
}

/** What an import knows when it comes to the ledger. */
export interface LedgerContext {
  readonly tool: Tool;
  readonly reading: Reading;
  readonly targets: Targets;
  /** Where ours is. */
  readonly ledger: LedgerName;
  /** The folder of our files, for a hint that can be pasted. */
  readonly to: string;
  /** Where the tool's is, if a person says so. */
  readonly toolLedger?: ToolLedgerName | undefined;
}

/** Works out what the ledger of the other tool means for the files that were made of its folder. Pure. */
export function planImportLedger(
  context: LedgerContext,
  tables: readonly OtherTable[],
  known: Known,
): LedgerPlan {
  const { tool, reading, ledger, toolLedger } = context;
  const wanted: ToolLedgerName = toolLedger ?? { table: tool.ledger.table };
  const candidates = tables.filter(
    ({ name, columns, isUntyped }) =>
      (wanted.schema === undefined || name.schema === wanted.schema) &&
      Object.entries(tool.ledger.columns).every(([column, type]) =>
        isUntyped ? columns.has(column) : type.test(columns.get(column) ?? ''),
      ),
  );
  const [table, another] = candidates;
  if (another) {
    const names = candidates.map(({ name }) => showLedgerName(name));
    return refused(
      'two-ledgers',
      `${tool.name} has its ledger in ${listed(names)}: which one counts?`,
      `Name it: --tool-ledger ${names[0]}`,
    );
  }
  if (!table) return noTable(context, known);
  if (known.foreign !== undefined && !isSame(table.name, ledger)) {
    return refused(
      'foreign-ledger',
      `${showLedgerName(ledger)} is not our ledger: ${known.foreign}.`,
      'Name another table for ours: --ledger schema.table',
    );
  }
  const standing = tool.ledger.read(rowsOf(table, tool), reading);
  if (standing.refusal) {
    const { code, message, hint } = standing.refusal;
    return refused(code, message, hint);
  }
  return unlessHalfDone(planRows(context, table.name, standing, known), known);
}

/** The rows, with booleans as Postgres writes them. */
function rowsOf({ rows, isUntyped }: OtherTable, { ledger }: Tool): OtherTable['rows'] {
  if (!isUntyped) return rows;
  const booleans = Object.keys(ledger.columns).filter((column) => ledger.columns[column]?.test('boolean'));
  const written = (value: string | null | undefined) => String(/^(?:1|t|true)$/i.test(value ?? ''));
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(booleans.map((column) => [column, written(row[column])])),
  }));
}

function noTable({ tool, toolLedger }: LedgerContext, { isEmpty }: Known): LedgerPlan {
  if (toolLedger) {
    const columns = Object.keys(tool.ledger.columns).join(', ');
    return refused(
      'no-tool-ledger',
      `There is no table ${toolLedger.schema === undefined ? toolLedger.table : showLedgerName({ ...toolLedger, schema: toolLedger.schema })} with the columns ${columns}.`,
      `Name the table in which ${tool.name} keeps what it has applied: --tool-ledger schema.table`,
    );
  }
  const found = `There is no table ${tool.ledger.table} of ${tool.name} in this database`;
  return {
    changes: [],
    problems: [],
    notes: [
      isEmpty
        ? `${found}, which is empty: up would apply everything.`
        : `${found}, so nothing is known to be applied. If it has another name: --tool-ledger schema.table`,
    ],
  };
}

function planRows(context: LedgerContext, name: LedgerName, standing: Standing, known: Known): LedgerPlan {
  const { tool, reading, targets, ledger } = context;
  const rows = new Map(known.ledger.map((row) => [row.version, row]));
  const checksums = new Map(reading.found.map((one) => [one.id, one] as const));
  const parsed = new Set(targets.migrations.map(({ version }) => version));
  const changes = new Map<string, LedgerChange>();
  const applied = new Set<string>();
  const unmatched: string[] = [];
  const edited: string[] = [];
  for (const { id, checksum } of standing.applied) {
    const target = targets.byId.get(id);
    const source = checksums.get(id);
    if (!target || !source) {
      unmatched.push(id);
      continue;
    }
    const { version, file } = target;
    const isEdited = checksum !== undefined && source.checksums?.includes(checksum) === false;
    // It is applied again whenever its text is another one: there, and here.
    if (isEdited && source.kind === 'repeatable') continue;
    if (isEdited) edited.push(source.sources[0] ?? id);
    applied.add(version);
    const bare = isSame(name, ledger) ? rows.get(id) : undefined;
    const own = rows.get(version);
    if (own?.checksum !== undefined || changes.get(version)?.action === 'rename') continue;
    // Of what cannot be parsed there is no checksum to write: that it has a row is all there is to say.
    if (own && !parsed.has(version) && (!bare || bare === own)) continue;
    if (bare && own && bare !== own) {
      return refused(
        'two-versions',
        `${source.sources[0]} has the number of two applied versions: ${version} and ${id}.`,
        `Delete the one that is wrong from ${showLedgerName(ledger)}, then import again.`,
      );
    }
    changes.set(
      version,
      bare ? { version: id, action: 'rename', to: version, file } : { version, action: 'record', file },
    );
  }
  const pending = targets.files.filter(({ version }) => !applied.has(version)).map(({ version }) => version);
  // Where the other tool has a table of our ledger's name, it is kept under another one.
  const keepAs =
    known.foreign === undefined ? undefined : `${ledger.table}_${tool.name.replaceAll('-', '_')}`;
  return {
    changes: [...changes.values()],
    problems: [],
    ...(keepAs !== undefined && { keepAs }),
    notes: [
      ...standing.notes,
      `The ledger of ${tool.name} is ${showLedgerName(name)}: ${count(applied.size, 'file')} of ${targets.files.length} applied.`,
      ...(keepAs === undefined ? [] : [`It is kept as ${ledger.schema}.${keepAs}.`]),
      ...unmatchedNotes(unmatched, context),
      ...edited.map(
        (file) => `${file} is not what ${tool.name} applied: its checksum differs. It is taken as it is now.`,
      ),
      ...(pending.length > 0 && applied.size > 0 ? [`Pending here: ${listed(pending, 10)}.`] : []),
    ],
  };
}

function unmatchedNotes(ids: readonly string[], { reading, targets, to }: LedgerContext): string[] {
  const left = new Map(targets.leftOut.map(({ migration, file }) => [migration, file] as const));
  const withFile = ids.filter((id) => left.has(id));
  const without = ids.filter((id) => !left.has(id));
  return [
    ...(withFile.length > 0
      ? [
          `Applied, but left out here, so not recorded: ${withFile.map((id) => (left.get(id) === id ? id : `${id} (${left.get(id)})`)).join(', ')}.`,
          `Once that is written as SQL, call it applied before up runs it: registry-jobs force VERSION --migrations ${shellWord(to)}`,
        ]
      : []),
    ...(without.length > 0 && reading.found.every(({ kind }) => kind !== 'initial')
      ? [`Applied, but there is no file of that version: ${without.join(', ')}.`]
      : []),
  ];
}

function isSame(one: LedgerName, other: LedgerName): boolean {
  return one.schema === other.schema && one.table === other.table;
}
