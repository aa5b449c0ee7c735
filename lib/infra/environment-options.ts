import type { Environment } from './environment.ts';
import type { MigrateOnDeployOptions } from './migrate-options.ts';

/** What an environment asks of its migrations before they are applied, and says of them afterwards. */
export function gatesOf(
  { name, requireProof, publishEvidence, requireEvidenceFrom }: Environment,
  path = `/registry/${name}`,
): Pick<MigrateOnDeployOptions, 'requireProof' | 'publishEvidence' | 'requireEvidenceFrom'> {
  return {
    ...(requireProof && { requireProof }),
    ...(publishEvidence && { publishEvidence: `${path}/evidence` }),
    ...(requireEvidenceFrom !== undefined && { requireEvidenceFrom }),
  };
}
