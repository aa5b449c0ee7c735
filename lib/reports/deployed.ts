import { count, listed } from '../text/format.ts';
import { toSecond } from '../text/times.ts';
import { visible } from '../text/visible.ts';

/** Version and checksum of a file. */
export type FileMark = readonly [version: string, checksum: string];

/** What a report has besides, where the deployed function has given it: with `--remote`. */
export interface OfFunction {
  readonly deployed?: DeployedReport;
  /** How many items of each list were left out, since an answer has a limit; ends of long texts were, too. */
  readonly leftOut?: Readonly<Record<string, number>>;
}

/** Which function has answered, and with which files: those that it was deployed with, whatever is in a folder here. */
export interface DeployedReport {
  readonly function: string;
  /** Of registry-jobs there. */
  readonly version: string;
  /** The path of its settings in Parameter Store. */
  readonly parameterPath?: string;
  readonly files: DeployedFiles;
  /** When these files were first run on the database, after others: UTC, ISO 8601. Absent where that is not known. */
  readonly firstRun?: string;
  /** Who has run other files after that, and when. */
  readonly othersRan?: { readonly at: string; readonly who: string };
}

export interface DeployedFiles {
  readonly count: number;
  /** SHA-256 of their versions and checksums. */
  readonly id: string;
  /** The last of them in the order in which they are applied; of each checksum the first twelve digits. */
  readonly last: readonly FileMark[];
}

/** How many files are named, to be compared with others. */
const NAMED = 300;

/** What is told of files. Pure. */
export function markFiles(id: string, files: readonly FileMark[]): DeployedFiles {
  const last = files.slice(-NAMED).map(([version, checksum]) => [version, checksum.slice(0, 12)] as const);
  return { count: files.length, id, last };
}

/** Whose files a report is about, as a line. Pure. */
export function renderDeployed({ function: name, version, files, ...more }: DeployedReport): string {
  const { firstRun, othersRan } = more;
  const newest = files.last.at(-1)?.[0].replace(/\s+/g, ' ');
  const which = `${count(files.count, 'file')}${newest === undefined ? '' : `, the last one ${newest}`}`;
  const since = firstRun === undefined ? '' : `; first run ${toSecond(firstRun)}`;
  const lines = [
    `Of what is deployed as ${name}: ${which} (registry-jobs ${version}${since})`,
    ...(othersRan
      ? [`Warning: Other files were run after these, ${toSecond(othersRan.at)} by ${othersRan.who}.`]
      : []),
  ];
  return visible(lines.join('\n'));
}

/**
 * How files at hand differ from those that are deployed, as a sentence; nothing where they do not. Only as far as both are named. Pure.
 *
 * @param folder what those at hand are called
 */
export function describeDifference(
  deployed: DeployedFiles,
  here: DeployedFiles,
  folder: string,
): string | undefined {
  if (deployed.id === here.id) return undefined;
  const [theirs, ours] = [new Map(deployed.last), new Map(here.last)];
  // What is older than all that is named there may be deployed as well.
  const isWhole = (files: DeployedFiles) => files.count === files.last.length;
  const missing = isWhole(deployed)
    ? [...ours.keys()].filter((version) => !theirs.has(version))
    : newer(ours, theirs);
  const gone = isWhole(here)
    ? [...theirs.keys()].filter((version) => !ours.has(version))
    : newer(theirs, ours);
  const edited = [...ours].filter(([version, sum]) => theirs.has(version) && theirs.get(version) !== sum);
  const parts = [
    ...(missing.length > 0 ? [`${listed(missing)} ${isOrAre(missing)} not deployed`] : []),
    ...(gone.length > 0 ? [`${listed(gone)} ${isOrAre(gone)} not in ${folder}`] : []),
    ...(edited.length > 0
      ? [
          `${listed(edited.map(([version]) => version))} ${edited.length === 1 ? 'has' : 'have'} another text there`,
        ]
      : []),
  ];
  const what = parts.length > 0 ? parts.join('; ') : `${here.count} files here, ${deployed.count} there`;
  return `What is deployed is not what is in ${folder}: ${what}.`;
}

/** Those of one list that stand after the last one that both have. */
function newer(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const versions = [...one.keys()];
  const shared = versions.findLastIndex((version) => other.has(version));
  return versions.slice(shared + 1).filter((version) => !other.has(version));
}

function isOrAre({ length }: readonly string[]): string {
  return length === 1 ? 'is' : 'are';
}
