import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Checker, MissingChecker, PrepareChecker } from './checker.ts';
import { runForOutput, runProgram } from './process.ts';

/* Tools that look at migrations. None is a dependency of ours: each is installed into a folder that is thrown away. */

/** Rules of squawk and pgfence about a second run are called like this one. */
const ABOUT_A_SECOND_RUN = /^prefer-robust/;

/** @see https://squawkhq.com */
export const squawk: PrepareChecker = (folder) =>
  fromNpm('squawk', 'squawk-cli', '2.66.0', 'Apache-2.0 or MIT', folder, async (program, paths) => {
    const found = JSON.parse(await runForOutput(program, ['--reporter', 'Json', ...paths])) as {
      rule_name: string;
    }[];
    return found.map(({ rule_name: rule }) => rule);
  });

/** @see https://github.com/flvmnt/pgfence */
export const pgfence: PrepareChecker = (folder) =>
  fromNpm('pgfence', '@flvmnt/pgfence', '0.1.5', 'FSL-1.1-MIT', folder, async (program, paths) => {
    const said = await runForOutput(program, ['analyze', '--format', 'sql', '--output', 'json', ...paths]);
    const { results } = JSON.parse(said) as {
      results: { checks: { ruleId: string }[]; policyViolations: { ruleId: string }[] }[];
    };
    return results.flatMap(({ checks, policyViolations }) =>
      [...checks, ...policyViolations].map(({ ruleId }) => ruleId),
    );
  });

async function fromNpm(
  name: string,
  npmPackage: string,
  version: string,
  license: string,
  folder: string,
  rulesOf: (program: string, paths: readonly string[]) => Promise<string[]>,
): Promise<Checker | MissingChecker> {
  const home = path.join(folder, name);
  await mkdir(home, { recursive: true });
  try {
    const quietly = ['--no-audit', '--no-fund', '--no-save', '--loglevel', 'error'];
    await runProgram('npm', ['install', '--prefix', home, ...quietly, `${npmPackage}@${version}`]);
  } catch (error) {
    return { name, missing: `${name} ${version} cannot be installed from npm: ${lastLine(error)}` };
  }
  const program = path.join(home, 'node_modules/.bin', name);
  return {
    ...{ name, version, license },
    counted: 'prefer-robust-...',
    count: async (files, names) => {
      const rules = await rulesOf(
        program,
        names.map((file) => path.join(files, file)),
      );
      return rules.filter((rule) => ABOUT_A_SECOND_RUN.test(rule)).length;
    },
  };
}

const EUGENE = '0.8.3';

/** Only as a source: cargo builds it, which takes minutes and the library of clang. @see https://kaveland.no/eugene */
export const eugene: PrepareChecker = async (folder) => {
  const name = 'eugene';
  const isThere = await runProgram(name, ['--version']).then(
    (said) => said.includes(EUGENE),
    () => false,
  );
  if (!isThere) {
    // Without it the build fails, after minutes.
    if (!(await hasClang()))
      return { name, missing: `eugene ${EUGENE} is built by cargo, with libclang, which is not here.` };
    try {
      await runProgram('cargo', [
        'install',
        name,
        '--version',
        EUGENE,
        '--locked',
        '--quiet',
        '--root',
        folder,
      ]);
    } catch (error) {
      return { name, missing: `eugene ${EUGENE} cannot be built by cargo: ${lastLine(error)}` };
    }
  }
  const program = isThere ? name : path.join(folder, 'bin', name);
  return {
    ...{ name, version: EUGENE, license: 'MIT' },
    counted: 'a rule whose name speaks of running again: it has none',
    count: async (files, names) => {
      let count = 0;
      for (const file of names) {
        const said = await runForOutput(program, ['lint', '--format', 'json', path.join(files, file)]);
        const { statements } = JSON.parse(said) as { statements: { triggered_rules: { name: string }[] }[] };
        const rules = statements.flatMap((statement) => statement.triggered_rules);
        count += rules.filter((rule) => /again|re-?run|robust|idempotent|exists/i.test(rule.name)).length;
      }
      return count;
    },
  };
};

async function hasClang(): Promise<boolean> {
  if (process.env.LIBCLANG_PATH) return true;
  return runProgram('ldconfig', ['-p']).then(
    (libraries) => /libclang(-[\d.]+)?\.so/.test(libraries),
    () => false,
  );
}

function lastLine(error: unknown): string {
  const lines = error instanceof Error ? error.message.trim().split('\n') : [String(error)];
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim();
}
