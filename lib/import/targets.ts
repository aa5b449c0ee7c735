import type { ErrorReport } from '../errors/error.ts';
import { RegistryJobsError, toErrorReport, UsageError } from '../errors/error.ts';
import { collectMigrations } from '../migrations/collect.ts';
import { type FileName, INITIAL_SCHEMA, parseFileName } from '../migrations/file-name.ts';
import type { Migration } from '../migrations/migration.ts';
import { decodeSql } from '../migrations/script/decode.ts';
import type { Script } from '../migrations/script/statement.ts';
import type { ImportedFile, LeftOut } from '../reports/import.ts';
import { listed } from '../text/format.ts';
import { firstLineOfSql, withoutByteOrderMark } from './lines.ts';
import type { Found, Piece, ReadContext, Reading, Tool } from './tool.ts';

/** A file that is to be written. */
export interface TargetFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an import comes to, before anything is written. */
export interface Targets {
  readonly files: readonly ImportedFile[];
  readonly targets: readonly TargetFile[];
  /** What of it can be parsed: the others have no checksum yet. */
  readonly migrations: readonly Migration[];
  readonly refused: readonly ErrorReport[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
  /** By what the tool's ledger calls it: our version, and the file that is applied for it. */
  readonly byId: ReadonlyMap<string, { readonly version: string; readonly file: string }>;
}

/** What is needed to look at SQL, and how the files will be named in reports. */
export interface TargetContext extends ReadContext {
  readonly parse: (file: string, text: string) => Promise<Script>;
  /** Names a file of the folder that is written. */
  readonly show: (name: string) => string;
}

const OFF = '-- registry-jobs: transaction off\n';

/**
 * Makes our files of what was found, and has each parsed, so that what `up` would refuse is known before it is written.
 *
 * @throws UsageError `duplicate-version`
 */
export async function makeTargets(tool: Tool, reading: Reading, context: TargetContext): Promise<Targets> {
  const files: ImportedFile[] = [];
  const targets: TargetFile[] = [];
  const scripts: { name: FileName; script: Script }[] = [];
  const refused: ErrorReport[] = [];
  const leftOut: LeftOut[] = [];
  const byId = new Map<string, { version: string; file: string }>();
  const sources = new Map<string, string>();
  const empty: string[] = [];
  for (const one of reading.found) {
    const [source = ''] = one.sources;
    const names = namesOf(one);
    const name = nameOrWhy(names.up);
    if ('why' in name) {
      leftOut.push({ file: source, line: 1, why: name.why, migration: one.id });
      continue;
    }
    const twin = sources.get(name.version);
    if (twin !== undefined) throw duplicate(twin, source, name.version);
    sources.set(name.version, source);
    const hasDown = one.down !== undefined && firstLineOfSql(one.down.text, context) !== undefined;
    if (one.down && !hasDown) empty.push(source);
    const up = await makeFile(tool, names.up, one.up, context);
    const down = one.down && hasDown ? await makeFile(tool, names.down, one.down, context) : undefined;
    const made = down ? [up, down] : [up];
    for (const { target, script, error } of made) {
      targets.push(target);
      if (error) refused.push(error);
      const meaning = parseFileName(target.name);
      if (script && meaning && (target === up.target || up.script)) scripts.push({ name: meaning, script });
    }
    byId.set(one.id, { version: name.version, file: context.show(names.up) });
    files.push({
      sources: one.sources,
      version: name.version,
      targets: made.map(({ target }) => target.name),
      directives: made.some(({ isOff }) => isOff) ? ['transaction off'] : [],
    });
  }
  const notes = [
    ...reading.notes,
    ...orderNote(tool.name, reading.found),
    ...(empty.length > 0
      ? [`The way back is empty in ${listed(empty)}, so there is none: down stops there.`]
      : []),
  ];
  const all = [...reading.leftOut, ...leftOut];
  return { files, targets, migrations: collectMigrations(scripts), refused, leftOut: all, notes, byId };
}

interface Made {
  readonly target: TargetFile;
  readonly isOff: boolean;
  readonly script?: Script;
  readonly error?: ErrorReport;
}

async function makeFile(tool: Tool, name: string, piece: Piece, context: TargetContext): Promise<Made> {
  const made = await parseFile(name, piece, context);
  // What is alone in its file needs no word in a tool that knows no transaction; here it does.
  const needsNone =
    made.error?.code === 'needs-no-transaction' || made.script?.directives.transaction === false;
  const isAlone = piece.transaction && needsNone && !tool.usesTransaction;
  if (!isAlone) return made;
  const again = await parseFile(name, { ...piece, transaction: false }, context);
  return again.error ? made : again;
}

async function parseFile(name: string, { text, transaction }: Piece, context: TargetContext): Promise<Made> {
  const whole = transaction ? text : `${OFF}${withoutByteOrderMark(text)}`;
  const bytes = Buffer.from(whole, 'latin1');
  const made = { target: { name, bytes }, isOff: !transaction };
  const file = context.show(name);
  try {
    return { ...made, script: await context.parse(file, decodeSql(bytes, file)) };
  } catch (error) {
    if (!(error instanceof RegistryJobsError)) throw error;
    return { ...made, error: toErrorReport(error) };
  }
}

function namesOf({ kind, number = '', title }: Found): { up: string; down: string } {
  const slug = title.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[^A-Za-z0-9]+|_+$/g, '') || 'migration';
  if (kind === 'initial') return { up: INITIAL_SCHEMA, down: '' };
  if (kind === 'repeatable') return { up: `R_${slug}.sql`, down: '' };
  return { up: `${number}_${slug}.up.sql`, down: `${number}_${slug}.down.sql` };
}

function nameOrWhy(name: string): FileName | { readonly why: string } {
  try {
    return parseFileName(name) ?? { why: `${name} is no name that we read.` };
  } catch (error) {
    if (!(error instanceof RegistryJobsError)) throw error;
    return { why: `${error.message} Rename it.` };
  }
}

function duplicate(one: string, other: string, version: string): UsageError {
  return new UsageError('duplicate-version', `${one} and ${other} have the same version, ${version}.`, {
    hint: 'Nothing was written. Give one of them another number, in the ledger of its tool too, then import again.',
  });
}

/** Numbers decide here; some tools go by names. */
function orderNote(tool: string, found: readonly Found[]): string[] {
  const numbered = found.filter(({ kind }) => kind === 'numbered');
  const at = numbered.findIndex(
    ({ number = '0' }, index) => index > 0 && BigInt(number) < BigInt(numbered[index - 1]?.number ?? 0),
  );
  if (at < 0) return [];
  const [before, after] = [numbered[at - 1], numbered[at]].map((one) => one?.sources[0]);
  return [
    `The order differs: ${tool} applies ${before} before ${after}, by their names; here the smaller number comes first.`,
  ];
}
