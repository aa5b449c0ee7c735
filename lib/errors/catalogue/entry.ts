/**
 * What a code stands for, for people who look it up. In Markdown: what can be typed is between backticks.
 */
export interface Entry {
  /** What happened, in whole sentences. */
  readonly means: string;
  /** What to do about it, in whole sentences; the last one ends in a command where one helps. */
  readonly remedy: string;
  /** As the tool prints it, without what comes after the message and the excerpt. */
  readonly example?: string;
}

/** Gives each entry its type and keeps the codes apart: a declaration then lists codes, and not their texts. */
export function entries<Code extends string>(
  table: Readonly<Record<Code, Entry>>,
): Readonly<Record<Code, Entry>> {
  return table;
}
