import { Role } from 'aws-cdk-lib/aws-iam';
import { Duration } from 'aws-cdk-lib/core';
import type { Environment } from './environment.ts';
import type { MigrateOnDeploy } from './migrate-on-deploy.ts';
import type { MigrateOnDeployOptions } from './migrate-options.ts';

/** What an environment asks of its migrations before they are applied, how long it waits for them, and what it says of them afterwards. */
export function gatesOf(
  { name, requireProof, publishEvidence, requireEvidenceFrom, approval, ...times }: Environment,
  path = `/registry/${name}`,
): Omit<MigrateOnDeployOptions, 'migrations'> {
  const { migrateMinutes, deployMinutes } = times;
  return {
    timeout: minutes(migrateMinutes),
    ...(deployMinutes !== undefined && { deployTimeout: minutes(deployMinutes) }),
    ...(approval && { approval }),
    ...(requireProof && { requireProof }),
    ...(publishEvidence && { publishEvidence: `${path}/evidence` }),
    ...(requireEvidenceFrom !== undefined && { requireEvidenceFrom }),
  };
}

/** A third of a minute is 20 seconds; CDK takes whole ones only. */
function minutes(amount: number): Duration {
  return Duration.seconds(Math.round(amount * 60));
}

/** Lets the people of an environment in: those who ask the function, and those who approve what it runs. */
export function letIn(
  migrations: MigrateOnDeploy,
  { operatorRoleArns = [], approverRoleArns = [] }: Environment,
): void {
  const roles = new Map(
    [...new Set([...operatorRoleArns, ...approverRoleArns])].map((arn, index) => [
      arn,
      Role.fromRoleArn(migrations, `Person${index + 1}`, arn),
    ]),
  );
  for (const [arn, role] of roles) {
    if (operatorRoleArns.includes(arn)) migrations.grantRemote(role);
    if (approverRoleArns.includes(arn)) migrations.grantApprove(role);
  }
}
