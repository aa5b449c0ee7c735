import { crc32 } from 'node:zlib';
import type { LeftOut } from '../reports/import.ts';
import { readScriptConfig } from './flyway-config.ts';
import { readFlywayHistory } from './flyway-ledger.ts';
import { canonical, compareVersions, numberVersions } from './flyway-version.ts';
import { findOutsideComments, withoutByteOrderMark } from './lines.ts';
import { byBytes } from './marked.ts';
import { baseName, nameOthers } from './others.ts';
import type { Found, Piece, ReadContext, Reading, SourceFile, Tool } from './tool.ts';

const VERSIONED = /^([VUB])(\d+(?:[._]\d+)*)__(.*)\.sql$/;
const REPEATABLE = /^R__(.+)\.sql$/;
const PROGRAM = /^(?:V(\d+(?:[._]\d+)*)|R)__.*\.(?:java|class|kt|scala|groovy|py|sh|bash|ps1)$/i;
const CALLBACK =
  /^(?:before|after)(?:Each)?(?:Migrate|Undo|Clean|Info|Validate|Baseline|Repair|Repeatables|Versioned|Connect|CreateSchema)\w*?(?:__.*)?\.sql$|^createSchema(?:__.*)?\.sql$/;

/** What Flyway keeps of a file: a CRC-32 over its lines, without what ends them. */
export function flywayChecksum(text: string): string {
  const lines = withoutByteOrderMark(text).replace(/\r\n?/g, '\n').split('\n');
  const joined = lines.join('');
  return String(crc32(Buffer.from(joined, 'latin1')) | 0);
}

/** Flyway: `V1__title.sql`, in folders below too, with `U1__` to undo, `R__title.sql`, and a history in its ledger. */
export const flyway: Tool = {
  name: 'flyway',
  recognise: (files) => {
    const first = files.find(({ path }) => /^[VR][\d._]*__.*\.(sql|java)$/.test(baseName(path)));
    return first && `the name ${first.path}`;
  },
  read: readFlyway,
  ledger: {
    table: 'flyway_schema_history',
    columns: { installed_rank: /^integer$/, script: /^character varying$/, success: /^boolean$/ },
    read: readFlywayHistory,
  },
  // It finds statements that cannot run in one by itself.
  usesTransaction: false,
};

interface Script {
  readonly file: SourceFile;
  readonly letter: string;
  readonly version: string;
  readonly title: string;
}

function readFlyway(files: readonly SourceFile[], context: ReadContext): Reading {
  const scripts = files.flatMap((file): Script[] => {
    const [, letter, version, title = ''] = VERSIONED.exec(baseName(file.path)) ?? [];
    return letter && version ? [{ file, letter, version, title }] : [];
  });
  const forward = scripts
    .filter(({ letter }) => letter === 'V')
    .toSorted((a, b) => compareVersions(a.version, b.version));
  const numberOf = numberVersions(forward.map(({ version }) => version));
  const leftOut: LeftOut[] = [];
  const taken = new Set<string>();
  const pieceOf = (file: SourceFile, id?: string): Piece | undefined => {
    const migration = id === undefined ? {} : { migration: id };
    taken.add(file.path);
    const config = readScriptConfig(files, file.path);
    taken.add(`${file.path}.conf`);
    leftOut.push(...config.leftOut);
    if (config.condition) {
      const why = `Flyway runs the script or not, by ${config.condition.text}. Write it by hand, if it was run.`;
      leftOut.push({ file: `${file.path}.conf`, line: config.condition.line, why, ...migration });
      return undefined;
    }
    const placeholder = config.replaces
      ? findOutsideComments(file.text, /\$\{[^}\s]*\}/, context)
      : undefined;
    if (!placeholder) return { text: file.text, transaction: config.transaction };
    const why = `Flyway puts a value in the place of ${placeholder.match}. Write the value down, or say placeholderReplacement=false in ${baseName(file.path)}.conf.`;
    leftOut.push({ file: file.path, line: placeholder.line, why, ...migration });
    return undefined;
  };
  const numbered = forward.flatMap(({ file, version, title }): Found[] => {
    const id = canonical(version);
    const up = pieceOf(file, id);
    // Its way back is named below, among those that undo nothing here.
    if (!up) return [];
    const undo = scripts.find(({ letter, version: of }) => letter === 'U' && canonical(of) === id)?.file;
    const down = undo && pieceOf(undo);
    const sources = [file.path, ...(down ? [undo.path] : [])];
    const checksums = [flywayChecksum(file.text)];
    return [
      {
        id,
        sources,
        kind: 'numbered',
        number: numberOf(version),
        title,
        up,
        checksums,
        ...(down && { down }),
      },
    ];
  });
  const repeatable = readRepeatable(files).flatMap(({ file, title }): Found[] => {
    const id = baseName(file.path);
    const up = pieceOf(file, id);
    const checksums = [flywayChecksum(file.text)];
    return up ? [{ id, sources: [file.path], kind: 'repeatable', title, up, checksums }] : [];
  });
  for (const { path } of files) {
    const why = whyNot(baseName(path), files);
    if (taken.has(path) || why === undefined) continue;
    taken.add(path);
    leftOut.push({ file: path, line: 1, why });
  }
  const others = nameOthers('Flyway', files, taken, (path) => {
    const [name, version] = PROGRAM.exec(baseName(path)) ?? [];
    return version === undefined ? name : canonical(version);
  });
  const dotted = forward.find(({ version }) => numberOf(version) !== version);
  return {
    found: [...numbered, ...repeatable],
    leftOut: [...leftOut, ...others],
    notes: dotted
      ? [
          `Versions have parts here, and ours are numbers: ${dotted.version} becomes ${numberOf(dotted.version)}. The order stays.`,
        ]
      : [],
  };
}

/** In the order in which Flyway applies them: by what they are called. The first of ours is the first as well. */
function readRepeatable(files: readonly SourceFile[]) {
  const found = files
    .flatMap((file) => {
      const title = REPEATABLE.exec(baseName(file.path))?.[1];
      return title === undefined ? [] : [{ file, title }];
    })
    .toSorted((a, b) => byBytes(a.title.replaceAll('_', ' '), b.title.replaceAll('_', ' ')));
  const isOrdered = found.every(
    ({ title }, at) => at === 0 || byBytes(found[at - 1]?.title ?? '', title) < 0,
  );
  const width = String(found.length).length;
  return isOrdered
    ? found
    : found.map(({ file, title }, at) => ({
        file,
        title: `${String(at + 1).padStart(width, '0')}_${title}`,
      }));
}

/** Why a file of Flyway's is nothing that we run. */
function whyNot(name: string, files: readonly SourceFile[]): string | undefined {
  if (CALLBACK.test(name))
    return 'a callback of Flyway: nothing here runs something before or after each run.';
  const [, letter, version] = VERSIONED.exec(name) ?? [];
  if (letter === 'B')
    return `a baseline of Flyway for new databases. Ours is initial_schema.sql, loaded once.`;
  if (letter === 'U' && version) {
    const forward = files.find(({ path }) => isForward(baseName(path), version));
    return forward
      ? `it undoes ${baseName(forward.path)}, which is left out.`
      : `there is no V${version}__ that it would undo.`;
  }
  return undefined;
}

/** Whether a file goes forward to a version, in whatever language. */
function isForward(name: string, version: string): boolean {
  const [, letter, of] = VERSIONED.exec(name) ?? [];
  const forward = letter === 'V' ? of : PROGRAM.exec(name)?.[1];
  return forward !== undefined && canonical(forward) === canonical(version);
}
