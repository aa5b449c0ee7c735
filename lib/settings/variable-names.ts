import { environmentVariables } from '../contract.ts';
import type { WarningReport } from '../errors/warning.ts';
import { nearest } from '../text/nearest.ts';
import { variableNames } from './environment.ts';

/** Read from the environment of the process and from `.env` files, beside those of single settings. */
export const migrationsVariable = 'REGISTRY_JOBS_MIGRATIONS';

/** Which deployed function is asked with `--remote`. */
export const functionVariable = 'REGISTRY_JOBS_FUNCTION';

const EVERYWHERE = [
  ...Object.values(variableNames).filter((name) => name.startsWith('REGISTRY_JOBS_')),
  migrationsVariable,
  environmentVariables.parameterPath,
  functionVariable,
];
const IN_FILES = 'REGISTRY_JOBS_EMBEDDED';
const OUTSIDE = environmentVariables.environment;
/** Set on functions; a person who has them set knows of them. */
const OF_FUNCTIONS: readonly string[] = [environmentVariables.secret, environmentVariables.refresherPath];

/**
 * What is called like a setting of ours, and is none where it stands: a misspelt name would be ignored without a word.
 *
 * @param file the name of the `.env` file; without it, the environment of the process is meant
 */
export function unknownNames(
  variables: Readonly<Record<string, string | undefined>>,
  file?: string,
): WarningReport[] {
  const known = [...EVERYWHERE, file === undefined ? OUTSIDE : IN_FILES];
  return Object.keys(variables)
    .filter((name) => /^REGISTRY[_-]?JOBS?[_-]/i.test(name) && variables[name])
    .filter((name) => !known.includes(name) && !OF_FUNCTIONS.includes(name))
    .map((name) => ({ code: 'unknown-setting', message: explain(name, known, file) }));
}

function explain(name: string, known: readonly string[], file: string | undefined): string {
  const where = file === undefined ? 'in the environment' : `in ${file}`;
  if (name === IN_FILES) return `${name} is set ${where} and was not used: it is read from .env files only.`;
  if (name === OUTSIDE)
    return `${name} is set ${where} and was not used: it chooses the file, so it is read from the environment only.`;
  // REGISTRY_JOBS_MIGRATIONS_DIR and its like are longer than what they mean.
  const meant = nearest(name, known) ?? known.find((one) => name.startsWith(one.replace(/S$/, '')));
  return `${name} is set ${where} and was not used: there is no such setting${meant ? ` (did you mean ${meant}?).` : `. There are ${known.join(', ')}.`}`;
}
