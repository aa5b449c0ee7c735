import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';

/** Makes the error for a statement; the caller knows the place. */
export type Refuse = (code: ErrorCode, message: string, hint: string) => RegistryJobsError;

type Fields = Readonly<Record<string, unknown>>;

/** A statement as the parser sees it. */
export interface CheckedStatement {
  readonly kind: string;
  readonly node: unknown;
  /** Whether data follows it, as psql wants it after `COPY ... FROM stdin`. */
  readonly hasData: boolean;
}

/** What `refuse` makes, if the file must not hold this statement. */
export function checkStatement(
  { kind, node, hasData }: CheckedStatement,
  refuse: Refuse,
): RegistryJobsError | undefined {
  const fields = (node ?? {}) as Fields;
  if (kind === 'CopyStmt' && fields.is_from && !fields.filename && !fields.is_program && !hasData) {
    return refuse(
      'copy-without-data',
      'COPY ... FROM stdin has no data after it.',
      'Begin the data on the next line, and end it with a line that holds only \\.',
    );
  }
  return undefined;
}
