import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { describeUnproved, listUnproved, noProof, type Proof, parseProof } from '../plan/proof.ts';
import { listed, shellWord } from '../text/format.ts';

/** What `prove --record` calls its file unless it is told another name. */
const NAME = 'proof.json';

/**
 * Reads the record of `prove`, and checks that each of the files is proved as it is: all of them, since nobody knows while an app is
 * synthesized which ones its database has already.
 *
 * @param folder of the migrations, absolute or relative to the folder of `cdk.json`
 * @param named another place of the record than `proof.json` in that folder, likewise
 * @returns of the record only what a run asks for: when and by what it was made must not make another deploy
 * @throws UsageError `no-proof`, or `not-proved` with the names of the files
 */
export function readProofSync(
  { migrations }: CompiledMigrations,
  folder: string,
  named?: string,
): Pick<Proof, 'format' | 'files'> {
  const file = named ?? path.join(folder, NAME);
  const command = recordCommand(folder, named);
  const { format, files } = parseProof(readText(file, command), file, command);
  const versions = migrations.map(({ version }) => version);
  const unproved = listUnproved(migrations, versions, { files });
  const [first, ...more] = unproved;
  if (!first) return { format, files };
  const names = listed(unproved.map((one) => one.file));
  throw new UsageError(
    'not-proved',
    more.length === 0
      ? describeUnproved(first)
      : `${names} are not proved: ${file} does not have them as they are now.`,
    { hint: `Prove the files, then deploy: ${command}` },
  );
}

function recordCommand(folder: string, named: string | undefined): string {
  const from = folder === 'migrations' ? '' : ` --migrations ${shellWord(folder)}`;
  return `registry-jobs prove${from} --record${named === undefined ? '' : ` ${shellWord(named)}`}`;
}

function readText(file: string, command: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw noProof(`${file} cannot be read`, { command, cause });
  }
}
