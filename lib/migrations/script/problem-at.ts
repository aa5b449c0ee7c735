import type { ErrorCode } from '../../errors/catalogue.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from './position.ts';

/** A fault at an offset of a file's text. Pure. */
export function problemAt(
  file: string,
  text: string,
  offset: number,
  code: ErrorCode,
  message: string,
  hint: string,
): RegistryJobsError {
  const location = locate(file, text, offset);
  return new RegistryJobsError(code, message, { location, excerpt: excerpt(text, location), hint });
}

/** Problems of a file in the order in which a person comes to them. Pure. */
export function byPlace(
  { location: one }: RegistryJobsError,
  { location: other }: RegistryJobsError,
): number {
  if (!one || !other) return 0;
  return one.line - other.line || one.column - other.column;
}
