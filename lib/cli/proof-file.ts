import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { noProof, type Proof, parseProof, proofDigests } from '../plan/proof.ts';
import type { ProveReport } from '../reports/prove.ts';
import type { Io } from './io.ts';
import { writeWhole } from './write-file.ts';

const NAME = 'proof.json';

/** Where a proof is kept: beside the files, unless another place is named. */
export function proofFile(migrations: string, named: string | true): string {
  return named === true ? path.join(migrations, NAME) : named;
}

/** Records what was proved. */
export async function writeProof(
  io: Io,
  file: string,
  { migrations }: CompiledMigrations,
  report: ProveReport,
  toolVersion: string,
): Promise<void> {
  const proof: Proof = {
    format: 1,
    provedAt: new Date().toISOString(),
    ...(report.server.product && { product: report.server.product }),
    serverVersion: report.server.version,
    toolVersion,
    files: Object.fromEntries(proofDigests(migrations)),
  };
  await writeWhole(io, file, `${JSON.stringify(proof, null, 2)}\n`);
}

/** @throws UsageError `no-proof` */
export async function readProof({ folder }: Pick<Io, 'folder'>, file: string): Promise<Proof> {
  const text = await readFile(path.resolve(folder, file), 'utf8').catch((error: unknown) => {
    throw noProof(`${file} cannot be read`, { cause: error });
  });
  return parseProof(text, file);
}
