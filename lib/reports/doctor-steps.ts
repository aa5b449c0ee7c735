import type { DoctorCheck, DoctorStep } from './doctor.ts';

/** The order in which each step needs those before it. The last one needs none. */
const STEPS: readonly DoctorStep[] = [
  ...(['settings', 'name', 'network', 'tls', 'login', 'pooler', 'server', 'read-only'] as const),
  ...(['round-trip', 'clock', 'connections', 'timeouts', 'roles', 'schema', 'ledger', 'lock'] as const),
  'files',
];

/**
 * Puts checks into the order of the steps, and says of each step without one that it was not looked at, and why. Pure.
 *
 * @param left steps that nobody asked for
 */
export function inOrder(checks: readonly DoctorCheck[], left: readonly DoctorStep[]): DoctorCheck[] {
  let cause: DoctorStep | undefined;
  return STEPS.flatMap((step): DoctorCheck[] => {
    const own = checks.filter((check) => check.step === step);
    if (own.some(({ status }) => status === 'problem')) cause ??= step;
    if (own.length > 0 || left.includes(step)) return own;
    const why = cause === undefined ? '' : `, because of ${cause}`;
    return [{ step, status: 'unknown', message: `not looked at${why}` }];
  });
}
