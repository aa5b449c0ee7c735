import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type Proof, proofDigests } from '../plan/proof.ts';
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
    serverVersion: report.server.version,
    toolVersion,
    files: Object.fromEntries(proofDigests(migrations)),
  };
  await writeWhole(io, file, `${JSON.stringify(proof, null, 2)}\n`);
}

/** @throws UsageError `no-proof` */
export async function readProof({ folder }: Pick<Io, 'folder'>, file: string): Promise<Proof> {
  const refuse = (why: string, cause?: unknown) =>
    new UsageError('no-proof', `${file} ${why}.`, {
      hint: 'Prove the files, and record it: registry-jobs prove --record',
      cause,
    });
  const text = await readFile(path.resolve(folder, file), 'utf8').catch((error: unknown) => {
    throw refuse('cannot be read', error);
  });
  let proof: Partial<Proof> | null;
  try {
    proof = JSON.parse(text) as Partial<Proof> | null;
  } catch (error) {
    throw refuse('is no JSON', error);
  }
  if (proof?.format !== 1 || typeof proof.files !== 'object' || proof.files === null)
    throw refuse('is no proof of this version of registry-jobs');
  return proof as Proof;
}
