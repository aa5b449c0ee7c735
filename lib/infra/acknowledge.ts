import { Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/**
 * Accepts findings of one construct and what is in it: rule id to the reason why it is right here. Written down by CDK
 * itself, so that whoever runs cdk-nag sees them accepted, and whoever does not needs no cdk-nag.
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const rules = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  Validations.of(construct).acknowledge(...rules);
}
