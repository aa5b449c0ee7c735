/** The fields of a server error that we read. Named as in the protocol, as `pg` names them. */
export interface PostgresError extends Error {
  /** SQLSTATE. */
  readonly code: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Where in the statement, counted in code points from 1. */
  readonly position?: string;
  readonly where?: string;
  /** What the error is about, where it is about one of them. */
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** Tells a server error from a lost connection or a fault of ours. */
export function isPostgresError(error: unknown): error is PostgresError {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string';
}

/** What the server said beside its message, a line each; empty if nothing. */
export function serverDetail(error: PostgresError): string {
  const lines = { DETAIL: error.detail, HINT: error.hint, CONTEXT: error.where };
  return Object.entries(lines)
    .flatMap(([label, text]) => (text ? [`${label}: ${text}`] : []))
    .join('\n');
}
