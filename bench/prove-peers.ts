import path from 'node:path';
import { compileFolder } from '../lib/jobs/compile.ts';
import { prove } from '../lib/jobs/prove.ts';
import packageJson from '../package.json' with { type: 'json' };
import { TRUTHS, type Truth } from '../test/support/prove-truths.ts';
import type { Checker, MissingChecker } from './peers/checker.ts';
import { eugene, pgfence, squawk } from './peers/linters.ts';
import { settingsFor } from './peers/registry-jobs.ts';
import { write } from './prove-files.ts';
import type { BenchServer } from './server.ts';

/** What a tool says of a shape that harms and of its mended twin. */
export interface Answer {
  /** It says more of the one that harms than of the twin. */
  readonly isFound: boolean;
  /** It says something of the twin, which harms nobody. */
  readonly isFalseAlarm: boolean;
}

export interface Comparison {
  readonly checkers: readonly (Checker | MissingChecker)[];
  readonly shapes: readonly { readonly name: string; readonly answers: readonly (Answer | undefined)[] }[];
}

/** Asks each tool about each shape of the project's tests: the one that harms, and its mended twin. */
export async function compareShapes(
  server: BenchServer,
  folder: string,
  say: (progress: string) => void,
): Promise<Comparison> {
  const checkers: (Checker | MissingChecker)[] = [ourselves(server)];
  for (const prepare of [squawk, pgfence, eugene]) {
    say(`installing ${prepare.name}`);
    checkers.push(await prepare(path.join(folder, 'tools')));
  }
  const shapes: Comparison['shapes'][number][] = [];
  for (const [index, truth] of TRUTHS.entries()) {
    say(`shape ${index + 1} of ${TRUTHS.length}: ${truth.name}`);
    const answers: (Answer | undefined)[] = [];
    for (const checker of checkers) {
      const home = path.join(folder, `shape-${index}`);
      answers.push('missing' in checker ? undefined : await ask(checker, truth, home));
    }
    shapes.push({ name: truth.name, answers });
  }
  return { checkers, shapes };
}

async function ask(checker: Checker, { harm, safe }: Truth, home: string): Promise<Answer> {
  const said = async (name: string, files: Truth['harm']) =>
    checker.count(await write(path.join(home, name), files), Object.keys(files));
  const [harmful, twin] = [await said('harm', harm), await said('safe', safe)];
  return { isFound: harmful > twin, isFalseAlarm: twin > 0 };
}

function ourselves({ host, port, user, password }: BenchServer): Checker {
  const { database, ledger } = settingsFor({ host, port, user, password, database: 'postgres' });
  return {
    name: 'registry-jobs prove',
    version: packageJson.version,
    license: packageJson.license,
    counted: 'every finding',
    count: async (folder) => {
      const compiled = await compileFolder(folder, 'migrations');
      const { files, findings } = await prove(database, compiled, { source: 'the benchmark', ledger });
      return findings.length + files.flatMap((file) => file.findings).length;
    },
  };
}
