import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { RegistryJobsError } from '../../errors/error.ts';
import { stopped } from '../../errors/stopped.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import { explainStatement } from '../explain/statement.ts';
import { isFullCode, noRoom } from '../no-room.ts';
import type { RunContext } from './context.ts';

/** A statement of SQLite keeps this process: between two of them, this often, others are let in, a signal among them. */
const BREATH_MS = 20;

/** Runs the statements of one file, one call each. */
export function createStatementRunner(script: Script, { onEvent, signal, settings }: RunContext) {
  let breathed = performance.now();
  const total = script.statements.length;
  return {
    /** @throws RegistryJobsError `stopped`, before the statement is begun */
    async before(statement: Statement, index: number): Promise<void> {
      onEvent({
        type: 'statement-started',
        file: script.file,
        line: statement.line,
        index: index + 1,
        total,
      });
      if (performance.now() - breathed > BREATH_MS) {
        await setImmediate();
        breathed = performance.now();
      }
      if (signal?.aborted) throw stoppedBefore(signal, script, statement);
    },
    /** @throws RegistryJobsError `statement-failed`, with its place */
    run(database: DatabaseSync, statement: Statement): void {
      try {
        database.exec(statementText(script, statement));
      } catch (error) {
        if (isFullCode(error))
          throw noRoom(settings.file, settings.shownAs, error, placeOf(script, statement));
        const kept = script.directives.transaction ? 'undone' : 'half-done';
        throw explainStatement(database, script, statement, error, kept);
      }
    },
  };
}

function stoppedBefore(signal: AbortSignal, script: Script, statement: Statement): RegistryJobsError {
  return stopped(signal, ' before this statement', placeOf(script, statement));
}

function placeOf({ file, text }: Script, { start }: Statement) {
  const location = locate(file, text, start);
  return { location, excerpt: excerpt(text, location) };
}
