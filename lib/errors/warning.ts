import { setIn } from '../text/visible.ts';
import type { WarningCode } from './catalogue.ts';

/** Something to know that keeps nothing from running. `code` is stable, the message is for people. */
export interface WarningReport {
  readonly code: WarningCode;
  readonly message: string;
}

/** How many of one kind are shown: a folder in the manner of another tool has the same to say of each file. */
const SHOWN = 5;

/** Renders warnings one by one, as they come up: nothing for those beyond the first five of a kind, which {@link countMore} tells. */
export function createWarningRenderer(): (warning: WarningReport) => string | undefined {
  const seen = new Map<WarningCode, number>();
  return ({ code, message }) => {
    const before = seen.get(code) ?? 0;
    seen.set(code, before + 1);
    return before < SHOWN ? `Warning: ${setIn(message)}` : undefined;
  };
}

/** How many of each kind are not shown, as lines. Pure. */
export function countMore(warnings: readonly WarningReport[]): string[] {
  const kinds = Map.groupBy(warnings, ({ code }) => code);
  return [...kinds].flatMap(([code, { length }]) =>
    length > SHOWN ? [`Warning: ${length - SHOWN} more of this kind. [${code}]`] : [],
  );
}

/** Warnings as a person reads them; those beyond the first five of a kind are counted. Pure. */
export function renderWarnings(warnings: readonly WarningReport[]): string[] {
  const render = createWarningRenderer();
  return [...warnings.flatMap((warning) => render(warning) ?? []), ...countMore(warnings)];
}
