/**
 * Parses a folder of migrations for compile-sync.ts, in a process of its own: `node compile-process.ts FOLDER SHOWN_AS`. Writes
 * one JSON document, what came of it or why nothing did.
 */
import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { compileFolder } from '../jobs/compile.ts';

const [, , folder = '', shownAs = folder] = process.argv;
try {
  const compiled = await compileFolder(folder, shownAs);
  process.stdout.write(JSON.stringify({ compiled }));
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  process.stdout.write(JSON.stringify({ problem: toErrorReport(error) }));
}
