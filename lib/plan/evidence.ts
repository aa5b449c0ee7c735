import { createHash } from 'node:crypto';
import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { problem } from './error.ts';

/** What was applied in one environment, as another one asks for it before it applies the same. */
export interface Evidence {
  readonly format: 1;
  /** Where it was applied: `staging`. */
  readonly environment: string;
  /** Whether nothing was deployed there that was not proved. */
  readonly proved: boolean;
  /** {@link digestOf} the newest files, in the order in which they are applied; separated by commas, since a parameter is small. */
  readonly files: string;
}

/** What is known of another environment when a plan is made. */
export interface KnownEvidence {
  /** The parameter that says it. */
  readonly from: string;
  /** What it says, or in a sentence why nobody knows. */
  readonly found: Evidence | string;
}

/** How long the value of an advanced parameter may be. */
const MOST_BYTES = 8_192;
const DIGEST_LENGTH = 16;

/** A file by version and text. Short, so that hundreds have room: it is to find mistakes, not forgeries. */
function digestOf({ version, up }: Migration): string {
  return createHash('sha256').update(`${version}\n${up.checksum}`).digest('hex').slice(0, DIGEST_LENGTH);
}

/** The value of a parameter that says what was applied. Of more files than it has room for it names the newest. Pure. */
export function showEvidence(
  migrations: readonly Migration[],
  { environment, proved }: Pick<Evidence, 'environment' | 'proved'>,
): string {
  const show = (files: readonly string[]) =>
    JSON.stringify({ format: 1, environment, proved, files: files.join() } satisfies Evidence);
  const room = MOST_BYTES - Buffer.byteLength(show([]));
  const most = Math.floor((room + 1) / (DIGEST_LENGTH + 1));
  return show(migrations.map(digestOf).slice(-most));
}

/** Makes sense of {@link showEvidence}; a sentence where it is something else. Pure. */
export function parseEvidence(text: string, from: string): Evidence | string {
  const refusal = `${from} holds no evidence of this version of registry-jobs.`;
  try {
    const found = JSON.parse(text) as Partial<Evidence> | null;
    const isOurs =
      found?.format === 1 && typeof found.environment === 'string' && typeof found.files === 'string';
    return isOurs ? (found as Evidence) : refusal;
  } catch {
    return refusal;
  }
}

/** Which of these versions would run although the other environment has not applied them as they are now. Pure. */
export function findWithoutEvidence(
  migrations: readonly Migration[],
  versions: readonly string[],
  { from, found }: KnownEvidence,
): ErrorReport[] {
  if (versions.length === 0) return [];
  if (typeof found === 'string') {
    const hint = 'Deploy where they are to be applied first, then here: npx cdk deploy';
    return [problem('no-evidence', `Nothing is known of another environment: ${found}`, hint)];
  }
  const { environment } = found;
  const applied = new Set(found.files.split(','));
  const wanted = new Set(versions);
  return migrations
    .filter((migration) => wanted.has(migration.version) && !applied.has(digestOf(migration)))
    .map(({ up }) =>
      problem(
        'no-evidence',
        `${up.file} was not applied to ${environment} as it is now: it is not in ${from}.`,
        `Deploy it to ${environment} first, then here: npx cdk deploy`,
      ),
    );
}
