import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { throwProblems } from '../errors/problems.ts';
import type { Migration } from './migration.ts';
import { checksumOf } from './script/checksum.ts';
import type { Script } from './script/statement.ts';

/**
 * A file that was read and is not parsed yet. Its checksum is what tells whether it is applied as it is, and of one that is nothing else is
 * asked: parsing ten thousand of them takes longer than everything else that a command has to do.
 */
export class UnparsedScript implements Script {
  readonly file: string;
  readonly text: string;
  readonly checksum: string;
  modes?: NonNullable<Script['modes']>;
  warnings?: NonNullable<Script['warnings']>;
  readonly #parse: () => Promise<Script>;
  #parsed: Script | undefined;

  constructor(file: string, text: string, parse: () => Promise<Script>) {
    [this.file, this.text, this.#parse] = [file, text, parse];
    this.checksum = checksumOf(text);
  }

  get statements(): Script['statements'] {
    return this.#whole.statements;
  }

  get directives(): Script['directives'] {
    return this.#whole.directives;
  }

  get expectations(): Script['expectations'] {
    return this.#whole.expectations;
  }

  get isParsed(): boolean {
    return this.#parsed !== undefined;
  }

  /** @throws RegistryJobsError what keeps the file from being run */
  async parse(): Promise<void> {
    if (this.#parsed) return;
    this.#parsed = await this.#parse();
    // From now on it is plain data like any other, which may be stored and sent to another process.
    for (const [name, value] of Object.entries(this.#parsed))
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
  }

  get #whole(): Script {
    if (!this.#parsed)
      throw new Error(`${this.file} was not parsed, and something is asked of its statements.`);
    return this.#parsed;
  }
}

/**
 * Parses what was not parsed yet. All problems are told at once; a way back that nobody goes keeps nobody from going forward.
 *
 * @throws RegistryJobsError what keeps a file from being run
 */
export async function parseNow(migrations: readonly Migration[]): Promise<void> {
  const problems: RegistryJobsError[] = [];
  for (const migration of migrations) {
    const { up, down } = migration;
    if (up instanceof UnparsedScript) await up.parse().catch((error: unknown) => problems.push(known(error)));
    if (down instanceof UnparsedScript)
      await down.parse().catch((error: unknown) => {
        const open: { down?: Script; downProblem?: ErrorReport } = migration;
        delete open.down;
        open.downProblem = toErrorReport(known(error));
      });
  }
  throwProblems(problems);
}

/** Whether nothing was parsed, nor anything asked of a file. */
export function isUntouched(migrations: readonly Migration[]): boolean {
  return migrations.every(({ up }) => up instanceof UnparsedScript && !up.isParsed);
}

function known(error: unknown): RegistryJobsError {
  if (error instanceof RegistryJobsError) return error;
  throw error;
}
