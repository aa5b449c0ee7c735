/** Stands for a backslash meanwhile: as long, and in no schema before this word. */
const STAND_IN = '\u0001';

/**
 * The package that carries pg_dump takes away each line that begins with `\restrict`, also those of function bodies and comments. So what the
 * server says comes to it without that. Pure.
 */
export function guard(answer: Uint8Array): Uint8Array {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('latin1');
  if (!/\\(?:un)?restrict/i.test(bytes)) return answer;
  return Buffer.from(bytes.replaceAll(/\\(?=(?:un)?restrict)/gi, STAND_IN), 'latin1');
}

/** The schema as it is. Pure. */
export function unguard(sql: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it was chosen for being none that is written.
  return sql.replaceAll(/\u0001(?=(?:un)?restrict)/gi, '\\');
}
