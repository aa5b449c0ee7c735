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
  #asked: Promise<void> | undefined;

  constructor(file: string, text: string, parse: () => Promise<Script>) {
    [this.file, this.text, this.#parse] = [file, text, parse];
    this.checksum = checksumOf(text);
  }

  get statements(): Script['statements'] {
    throw this.#unparsed();
  }

  get directives(): Script['directives'] {
    throw this.#unparsed();
  }

  get expectations(): Script['expectations'] {
    throw this.#unparsed();
  }

  /** Whether it was parsed, or tried to. */
  get isTouched(): boolean {
    return this.#asked !== undefined;
  }

  /** Once, however often it is asked. @throws RegistryJobsError what keeps the file from being run */
  parse(): Promise<void> {
    this.#asked ??= this.#become();
    return this.#asked;
  }

  /** From now on it is plain data like any other, which may be stored and sent to another process. */
  async #become(): Promise<void> {
    for (const [name, value] of Object.entries(await this.#parse()))
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
  }

  #unparsed(): Error {
    return new Error(`${this.file} was not parsed, and something is asked of its statements.`);
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

/** Whether nothing was parsed, nor tried to be. */
export function isUntouched(migrations: readonly Migration[]): boolean {
  return migrations.every(({ up }) => up instanceof UnparsedScript && !up.isTouched);
}

function known(error: unknown): RegistryJobsError {
  if (error instanceof RegistryJobsError) return error;
  throw error;
}
