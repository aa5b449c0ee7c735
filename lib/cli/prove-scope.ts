import { InvalidArgumentError } from 'commander';
import type { ProveRequest } from '../jobs/prove-request.ts';
import { PROVE_CHECKS, type ProveCheck } from '../reports/prove.ts';
import { parseBytes } from '../text/bytes.ts';
import { nearest } from '../text/nearest.ts';

/** Reads `twice,late`. */
export function parseChecks(text: string): ProveCheck[] {
  const known: readonly string[] = ['once', ...PROVE_CHECKS];
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new InvalidArgumentError(
      `There is no check "${name}"${meant ? `, perhaps ${meant} is meant` : ''}: ${known.join(', ')}.`,
    );
  }
  return PROVE_CHECKS.filter((check) => names.includes(check));
}

/** Reads after how many statements a file is stopped at the most: `all`, `none`, or a number. */
export function parseStops(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (text === 'none') return 0;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('all, none, or a whole number from 1.');
}

/** Reads `64MB`, or `all`. */
export function parseSize(text: string): number {
  try {
    return parseBytes(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** The options that say what is judged and how, as they were typed. */
export interface ScopeOptions {
  readonly from?: string;
  readonly check?: string;
  readonly stops?: string;
  readonly rowsUpTo?: string;
  readonly data?: string;
  readonly fixtures?: string;
  readonly values: boolean;
}

/** The options as the library takes them. */
export function requestOf(options: ScopeOptions, files: readonly string[]): ProveRequest {
  const { from, check, stops, rowsUpTo, data, fixtures, values } = options;
  return {
    files,
    values,
    ...(from !== undefined && { from }),
    ...(check !== undefined && { checks: parseChecks(check) }),
    ...(stops !== undefined && { mostStops: parseStops(stops) }),
    ...(rowsUpTo !== undefined && { rowsUpTo: parseSize(rowsUpTo) }),
    ...(data !== undefined && { data }),
    ...(fixtures !== undefined && { fixtures }),
  };
}
