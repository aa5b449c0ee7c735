import { setIn } from '../text/visible.ts';
import type { WarningCode } from './catalogue.ts';

/** Something to know that keeps nothing from running. `code` is stable, the message is for people. */
export interface WarningReport {
  readonly code: WarningCode;
  readonly message: string;
}

/** How many of one kind are shown: a folder in the manner of another tool has the same to say of each file. */
const SHOWN = 5;

/** Warnings as a person reads them; those beyond the first five of a kind are counted. Pure. */
export function renderWarnings(warnings: readonly WarningReport[]): string[] {
  const seen = new Map<WarningCode, number>();
  const lines: string[] = [];
  for (const { code, message } of warnings) {
    const before = seen.get(code) ?? 0;
    seen.set(code, before + 1);
    if (before < SHOWN) lines.push(`Warning: ${setIn(message)}`);
  }
  for (const [code, number] of seen)
    if (number > SHOWN) lines.push(`Warning: ${number - SHOWN} more of this kind. [${code}]`);
  return lines;
}
