/** An option in parentheses or after WITH, as the parser gives it. */
interface Option {
  readonly DefElem?: { readonly defname?: string; readonly arg?: unknown };
}

/** The option of a name, if a statement has it. */
export function optionOf(options: unknown, name: string): { readonly arg?: unknown } | undefined {
  return ((options ?? []) as Option[]).find(({ DefElem: option }) => option?.defname === name)?.DefElem;
}

/** Whether an option is on, read as Postgres reads it: without a value it is. */
export function isOn(options: unknown, name: string, otherwise: boolean): boolean {
  const option = optionOf(options, name);
  if (!option) return otherwise;
  const value = optionText(option.arg);
  return value === undefined || value === '1' || /^(true|on)$/i.test(value);
}

/** The value of an option, as it is written. */
export function optionText(arg: unknown): string | undefined {
  const value = arg as
    | { String?: Sval; Integer?: { ival?: number }; TypeName?: { names?: { String?: Sval }[] } }
    | undefined;
  if (value?.String) return value.String.sval ?? '';
  // A zero is left out of the tree. `off` may be a type's name, so the parser takes it for one.
  if (value?.Integer) return String(value.Integer.ival ?? 0);
  return value?.TypeName?.names?.at(-1)?.String?.sval;
}

interface Sval {
  readonly sval?: string;
}
