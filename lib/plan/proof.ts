import { createHash } from 'node:crypto';
import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { problem } from './error.ts';

/** What `prove` has recorded: which texts were shown to be safe, each from where the files before it come to. */
export interface Proof {
  readonly format: 1;
  /** ISO 8601, in UTC. */
  readonly provedAt: string;
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

/** Which of these versions are not proved as they are now. Pure. */
export function findUnproved(
  migrations: readonly Migration[],
  versions: readonly string[],
  { files }: Pick<Proof, 'files'>,
): ErrorReport[] {
  const digests = proofDigests(migrations);
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  return versions.flatMap((version) => {
    const known = files[version];
    if (known !== undefined && known === digests.get(version)) return [];
    const file = byVersion.get(version)?.up.file ?? version;
    const why =
      known === undefined
        ? 'it is not in the record'
        : 'it, its way back or a file before it is another text now';
    return [problem('not-proved', `${file} is not proved: ${why}.`, `Prove it, then run again: ${RECORD}`)];
  });
}
