import { inject } from 'vitest';
import { prove } from '../../lib/jobs/prove.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { describeProved } from '../../lib/reports/prove-text.ts';
import { compile } from './migrations.ts';
import type { Files } from './prove-truths.ts';
import { settingsFor } from './settings.ts';

/** Proves files on the server of the tests, in databases of their own. */
export async function proveFiles(files: Files): Promise<ProveReport> {
  return proveCompiled(await compile(files));
}

export function proveCompiled(compiled: CompiledMigrations): Promise<ProveReport> {
  const { database, ledger } = settingsFor(inject('serverUrl'));
  return prove(database, compiled, { source: 'the server of the tests', ledger });
}

/** `rerun-fails 001_a.sql:2: relation "t" already exists`, a line for each finding. */
export function told({ files, findings }: ProveReport): string[] {
  return [...files.flatMap((file) => file.findings), ...findings].map(
    ({ code, location, error, differences }) => {
      const place = location ? ` ${location.file.replace('migrations/', '')}:${location.line}` : '';
      return `${code}${place}: ${error?.message ?? differences.map(describeProved).join('; ')}`;
    },
  );
}
