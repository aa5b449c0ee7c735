import { plainNumber } from './others.ts';
import type { Reading, Standing } from './tool.ts';

/**
 * What it means that a ledger names its last version alone: everything up to there is applied.
 *
 * @param version in decimal digits; nothing, or below 1 for tern, where nothing is applied
 */
export function appliedUpTo(tool: string, version: string | undefined, reading: Reading): Standing {
  const where = version === undefined ? 'has no version: nothing is applied' : `is at version ${version}`;
  const notes = [`${tool} ${where}.`];
  if (version === undefined) return { applied: [], notes };
  const numbered = reading.found.flatMap(({ id, number }) => (number === undefined ? [] : [{ id, number }]));
  const known = [
    ...numbered,
    ...reading.leftOut.flatMap(({ migration: id }) =>
      id !== undefined && /^\d+$/.test(id) ? [{ id, number: id }] : [],
    ),
  ];
  if (!known.some(({ number }) => plainNumber(number) === version)) {
    const message = `${tool} is at version ${version}, and no file has that number.`;
    const hint = 'Name the folder with the files that this database was made of.';
    return { applied: [], refusal: { code: 'unknown-version', message, hint }, notes };
  }
  return { applied: known.filter(({ number }) => BigInt(number) <= BigInt(version)), notes };
}
