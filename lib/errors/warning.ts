import { setIn } from '../text/visible.ts';
import type { WarningCode } from './catalogue.ts';

/** Something to know that keeps nothing from running. `code` is stable, the message is for people. */
export interface WarningReport {
  readonly code: WarningCode;
  readonly message: string;
}

/** A warning as a person reads it. */
export function renderWarning({ message }: WarningReport): string {
  return `Warning: ${setIn(message)}`;
}
