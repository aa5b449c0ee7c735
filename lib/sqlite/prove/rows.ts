import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import { type Script, statementText } from '../../migrations/script/statement.ts';
import { describeRowsFailed } from '../../reports/prove-notes.ts';
import { reachesOut, runScripts, type State } from './state.ts';
import type { Trial } from './trial.ts';

/** Rows for the files to work on. */
export interface Rows {
  /** Loaded once, before the first file that is judged; where that is the initial schema, after it. */
  readonly data?: Script | undefined;
  /** Loaded after the file of a version, where that is run here. */
  readonly fixtures?: ReadonlyMap<string, readonly Script[]> | undefined;
}

/**
 * A state with more rows in it.
 *
 * @param when after or before which file, for the error
 * @throws RegistryJobsError `rows-failed`, `stopped`
 */
export async function loadRows(
  trial: Trial,
  state: State,
  scripts: readonly Script[],
  when: string,
): Promise<State> {
  let reached = state;
  for (const script of scripts) {
    trial.onProgress(script.file, 'rows');
    await trial.breathe();
    const hint = describeRowsFailed(script.file, when);
    const outside = script.statements.find((one) => reachesOut({ ...script, statements: [one] }));
    if (outside) {
      const location = locate(script.file, script.text, outside.start);
      const message = `It is not run: ${statementText(script, outside).split(/\s/)[0]?.toUpperCase()} reaches other files.`;
      throw new RegistryJobsError('rows-failed', message, {
        ...{ location, excerpt: excerpt(script.text, location), hint },
      });
    }
    const { state: after, failed } = await runScripts(reached, [script]);
    if (failed) {
      const { message, location = locate(script.file, script.text, 0) } = failed.error;
      throw new RegistryJobsError('rows-failed', message, {
        ...{ location, excerpt: excerpt(script.text, location), hint },
      });
    }
    reached = after;
  }
  return reached;
}
