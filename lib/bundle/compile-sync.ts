import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { type ErrorReport, RegistryJobsError, UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';

/**
 * Parses a folder of migrations while the caller waits: a CDK construct cannot await, and Postgres' parser loads only
 * asynchronously, so it runs in a process of its own.
 *
 * Files are named in reports as the folder is written here, and those of an absolute path by its last part: the same
 * checkout must give the same bytes wherever it lies.
 *
 * @throws UsageError for a folder that cannot be read, and for every problem of its files; the message begins with the place
 */
export function compileFolderSync(folder: string): CompiledMigrations {
  const shownAs = path.isAbsolute(folder) ? path.basename(folder) : path.relative('', folder) || '.';
  // Beside this file and of its kind: .ts in a checkout, .js in the package.
  const program = path.join(import.meta.dirname, `compile-process${path.extname(import.meta.filename)}`);
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, folder, shownAs], {
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) {
    throw new RegistryJobsError('compile-failed', `The migrations in ${folder} could not be parsed.`, {
      detail: error?.message ?? stderr,
      hint: 'This is a fault of registry-jobs, or the machine is out of memory.',
    });
  }
  const answer: { compiled: CompiledMigrations } | { problem: ErrorReport } = JSON.parse(stdout);
  if ('compiled' in answer) return answer.compiled;
  throw asUsageError(answer.problem);
}

/** With the place in the message: whoever runs `cdk synth` sees what Node prints of an error, and that is its message. */
function asUsageError({ code, message, location, hint, ...rest }: ErrorReport): UsageError {
  const place = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  // The command line's option would be no help here.
  const advice = code === 'no-migrations-folder' ? `It is looked for in ${process.cwd()}.` : hint;
  return new UsageError(code, place + message, { ...rest, ...(advice && { hint: advice }) });
}
