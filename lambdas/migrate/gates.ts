import { existsSync, readFileSync } from 'node:fs';
import { approvedPlanOf, bundleFiles, environmentVariables } from '../../lib/contract.ts';
import { toErrorReport } from '../../lib/errors/error.ts';
import type { UpOptions } from '../../lib/jobs/up.ts';
import type { KnownApproval } from '../../lib/plan/approval.ts';
import { type KnownEvidence, parseEvidence } from '../../lib/plan/evidence.ts';
import { parseProof } from '../../lib/plan/proof.ts';
import { readParameter } from '../../lib/settings/parameter-store.ts';
import { requireVariable } from '../shared/settings.ts';

/** What the stack asks for before this function runs anything, whoever calls it: proof, evidence, approval. */
export async function readGates(): Promise<Pick<UpOptions, 'proof' | 'evidence' | 'approval'>> {
  const file = new URL(bundleFiles.proof, import.meta.url);
  const [evidence, approval] = await Promise.all([readEvidence(), readApproval()]);
  return {
    ...(existsSync(file) && { proof: parseProof(readFileSync(file, 'utf8'), bundleFiles.proof) }),
    ...(evidence && { evidence }),
    ...(approval && { approval }),
  };
}

/**
 * What another environment has applied, where the stack runs nothing else. That it cannot be read keeps files from being run and nothing
 * more: where there is nothing to run, as after a rollback, nobody needs to know.
 */
async function readEvidence(): Promise<KnownEvidence | undefined> {
  const from = process.env[environmentVariables.evidence];
  if (!from) return undefined;
  try {
    const text = await readParameter(from);
    return { from, found: text === undefined ? `There is no parameter ${from}.` : parseEvidence(text, from) };
  } catch (error) {
    return { from, found: toErrorReport(error).message };
  }
}

/** Which plan somebody has approved, where the stack runs no other. As above, that it cannot be read matters only where there is something to run. */
async function readApproval(): Promise<KnownApproval | undefined> {
  if (process.env[environmentVariables.approval] !== 'required') return undefined;
  const from = approvedPlanOf(requireVariable(environmentVariables.parameterPath));
  try {
    return { from, approved: await readParameter(from) };
  } catch (error) {
    return { from, unknown: toErrorReport(error).message };
  }
}
