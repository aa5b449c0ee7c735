/** One thing that an ALTER TABLE does, as the parser gives it. */
export interface AlterCommand {
  readonly subtype?: string;
  /** The column or the constraint. */
  readonly name?: string;
  readonly def?: Readonly<Record<string, unknown>>;
  /** Whether it says IF EXISTS, or IF NOT EXISTS. */
  readonly missing_ok?: boolean;
}

/** Everything that an ALTER TABLE does, in order. */
export function alterCommands({ cmds }: Readonly<Record<string, unknown>>): AlterCommand[] {
  return ((cmds ?? []) as { AlterTableCmd?: AlterCommand }[]).flatMap(({ AlterTableCmd: command }) =>
    command ? [command] : [],
  );
}
