import { createHash } from 'node:crypto';
import { type ErrorReport, UsageError } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { problem } from './error.ts';

/** What `prove` has recorded: which texts were shown to be safe, each from where the files before it come to. */
export interface Proof {
  readonly format: 1;
  /** ISO 8601, in UTC. */
  readonly provedAt: string;
  /** Absent for Postgres. */
  readonly product?: 'SQLite';
  /** Of the server that it was shown on. */
  readonly serverVersion: string;
  readonly toolVersion: string;
  /** What each version was proved as: see {@link proofDigests}. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * What a file is proved as: its own text, that of its way back, and all files before it, since a file is tried from where those come to.
 * A repeatable file stands after all others, whatever they are, and is proved as itself. Pure.
 */
export function proofDigests(migrations: readonly Migration[]): Map<string, string> {
  const digests = new Map<string, string>();
  let before = '';
  for (const { version, style, up, down } of migrations) {
    const own = [version, up.checksum, down?.checksum ?? ''].join('\n');
    const digest = createHash('sha256')
      .update(style === 'repeatable' ? own : `${before}\n${own}`)
      .digest('hex');
    digests.set(version, digest);
    if (style !== 'repeatable') before = digest;
  }
  return digests;
}

const RECORD = 'registry-jobs prove --record';

/**
 * Makes sense of what `prove --record` wrote. Pure.
 *
 * @param name what the file is called in the error
 * @param command what writes it, for the hint
 * @throws UsageError `no-proof`
 */
export function parseProof(text: string, name: string, command?: string): Proof {
  let proof: Partial<Proof> | null;
  try {
    proof = JSON.parse(text) as Partial<Proof> | null;
  } catch (cause) {
    throw noProof(`${name} is no JSON`, { command, cause });
  }
  if (proof?.format !== 1 || typeof proof.files !== 'object' || proof.files === null)
    throw noProof(`${name} is no proof of this version of registry-jobs`, { command });
  return proof as Proof;
}

/** That a record is not there, or is none. */
export function noProof(
  what: string,
  { command = RECORD, cause }: { readonly command?: string | undefined; readonly cause?: unknown } = {},
): UsageError {
  return new UsageError('no-proof', `${what}.`, {
    hint: `Prove the files, and record it: ${command}`,
    ...(cause !== undefined && { cause }),
  });
}

/** A file that is not proved as it is now. */
export interface Unproved {
  readonly file: string;
  readonly why: string;
}

/** Which of these versions are not proved as they are now. Pure. */
export function listUnproved(
  migrations: readonly Migration[],
  versions: readonly string[],
  { files }: Pick<Proof, 'files'>,
): Unproved[] {
  const digests = proofDigests(migrations);
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  return versions.flatMap((version) => {
    // Whatever JSON came from elsewhere: only what stands in it by this name.
    const known = Object.hasOwn(files, version) ? files[version] : undefined;
    if (known !== undefined && known === digests.get(version)) return [];
    const file = byVersion.get(version)?.up.file ?? version;
    const why =
      known === undefined
        ? 'it is not in the record'
        : 'it, its way back or a file before it is another text now';
    return [{ file, why }];
  });
}

/** The same, as what keeps a plan from being run. Pure. */
export function findUnproved(
  migrations: readonly Migration[],
  versions: readonly string[],
  proof: Pick<Proof, 'files'>,
): ErrorReport[] {
  return listUnproved(migrations, versions, proof).map((unproved) =>
    problem('not-proved', describeUnproved(unproved), `Prove it, then run again: ${RECORD}`),
  );
}

/** In a sentence. */
export function describeUnproved({ file, why }: Unproved): string {
  return `${file} is not proved: ${why}.`;
}
