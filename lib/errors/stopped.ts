import { type ErrorDetails, RegistryJobsError } from './error.ts';

/** Says that somebody asked to stop, and what that ended: ` while it waited`. Who it was is the reason of the signal, when that is a name. */
export function stopped(signal: AbortSignal, rest: string, details: ErrorDetails = {}): RegistryJobsError {
  const by = typeof signal.reason === 'string' ? signal.reason : 'the caller';
  return new RegistryJobsError('stopped', `Stopped by ${by}${rest}.`, details);
}

/** @throws RegistryJobsError `stopped` when somebody has asked to stop */
export function throwIfStopped(signal: AbortSignal | undefined, rest: string, details?: ErrorDetails): void {
  if (signal?.aborted) throw stopped(signal, rest, details);
}
