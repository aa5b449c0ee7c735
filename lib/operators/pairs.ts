import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder with the pairs, beside the code: the package has it there too. */
export const operatorMigrations = path.join(import.meta.dirname, 'migrations');

/** One half of a pair. */
export interface OperatorFile {
  /** Without its folder. */
  readonly file: string;
  readonly sql: string;
  /** Its directive says that it runs without foreign keys, which a transaction cannot change. */
  readonly foreignKeysOff: boolean;
}

/** What makes one version of the schema of the one before it, and undoes that. */
export interface OperatorPair {
  readonly version: number;
  readonly title: string;
  readonly up: OperatorFile;
  readonly down: OperatorFile;
}

const NAME = /^(\d+)_(\w+)\.up\.sql$/;

/** Reads the pairs of an operator registry, version 0 first. */
export function readOperatorPairs(): readonly OperatorPair[] {
  return readdirSync(operatorMigrations)
    .flatMap((name): OperatorPair[] => {
      const [, version, title] = NAME.exec(name) ?? [];
      if (version === undefined || title === undefined) return [];
      return [
        {
          version: Number(version),
          title,
          up: readFile(name),
          down: readFile(name.replace('.up.', '.down.')),
        },
      ];
    })
    .sort((a, b) => a.version - b.version);
}

function readFile(file: string): OperatorFile {
  const sql = readFileSync(path.join(operatorMigrations, file), 'utf8');
  return { file, sql, foreignKeysOff: /^-- registry-jobs: foreign-keys off$/m.test(sql) };
}
