import { redact } from './redact.ts';

/**
 * Masks secrets in an error that goes to a caller: in its message and its stack, in every text that it carries, and in what
 * caused it, since loggers print all of them. The error stays the same object, so its class and code can be relied on.
 */
export function redactError<Thrown>(error: Thrown, secrets: readonly (string | undefined)[]): Thrown {
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!(value instanceof Error) || seen.has(value)) return;
    seen.add(value);
    const fields = value as unknown as Record<string, unknown>;
    for (const name of new Set([...Object.getOwnPropertyNames(value), 'message', 'stack'])) {
      const field = fields[name];
      if (typeof field !== 'string') visit(field);
      else if (redact(field, secrets) !== field) fields[name] = redact(field, secrets);
    }
  };
  visit(error);
  return error;
}

/** Runs `work`; errors are logged by whoever catches them, so what it throws leaves without secrets. */
export async function withoutSecrets<T>(
  secrets: readonly (string | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw redactError(error, secrets);
  }
}
