/** From the weakest to the strongest. */
export const LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;

export type Isolation = (typeof LEVELS)[number];

/** What a file asks of its transaction, as far as it is not what each migration has anyway. */
export interface TransactionModes {
  /** @default read committed */
  readonly isolation?: Isolation;
  readonly deferrable?: true;
  /** Stretches of its statements that may not write, by their index: from, inclusive, to, exclusive. */
  readonly readOnly?: readonly ReadOnlyStretch[];
}

export interface ReadOnlyStretch {
  readonly from: number;
  readonly to: number;
  /** From its beginning; otherwise a statement in it says so. */
  readonly isDeclared: boolean;
}

/** Modes as a person reads them, `SERIALIZABLE, READ ONLY`; nothing where there are none. Pure. */
export function showModes({ isolation, deferrable, readOnly = [] }: TransactionModes = {}): string {
  const words = [
    isolation,
    readOnly.some(({ isDeclared }) => isDeclared) && 'read only',
    deferrable && 'deferrable',
  ];
  return words.filter(Boolean).join(', ').toUpperCase();
}
