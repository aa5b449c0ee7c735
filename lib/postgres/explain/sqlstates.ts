/**
 * What the five characters of a Postgres error mean to us: the one place that knows them. Source: Appendix A of the manual,
 * "PostgreSQL Error Codes".
 */
export const ACTIVE_SQL_TRANSACTION = '25001';
export const INSUFFICIENT_PRIVILEGE = '42501';
export const INVALID_TRANSACTION_TERMINATION = '2D000';
export const INVALID_STATEMENT_NAME = '26000';
export const LOCK_NOT_AVAILABLE = '55P03';
export const INTERNAL_ERROR = 'XX000';
export const QUERY_CANCELED = '57014';
export const TRANSACTION_TIMEOUT = '25P04';
const UNDEFINED_FUNCTION = '42883';
export const DUPLICATE_TABLE = '42P07';
export const DUPLICATE_OBJECT = '42710';
export const DUPLICATE_COLUMN = '42701';
export const DUPLICATE_FUNCTION = '42723';
export const DUPLICATE_SCHEMA = '42P06';
export const OBJECT_IN_USE = '55006';
export const UNDEFINED_OBJECT = '42704';
export const FEATURE_NOT_SUPPORTED = '0A000';
export const UNDEFINED_FILE = '58P01';
export const UNDEFINED_TABLE = '42P01';
export const UNDEFINED_SCHEMA = '3F000';
const DEADLOCK_DETECTED = '40P01';
export const SERIALIZATION_FAILURE = '40001';

/** Our own: what the guard raises when the session no longer holds the migration lock. */
export const LOCK_LOST = 'RJ001';
/** Our own: what a check raises when a query does not give what the file expects. */
export const UNEXPECTED = 'RJ002';

/**
 * Whether the message of an error may hold what a row has: between quotes where data cannot be read as what it should be, anywhere where
 * somebody has written it.
 */
export function repeatsValues(code: string): 'quoted' | 'anywhere' | 'no' {
  if (code.startsWith('22')) return 'quoted';
  return code.startsWith('P0') ? 'anywhere' : 'no';
}

/** What the message of an error names that the server has read in the statement, so that a client is told its place: a name, or a value. */
export function namesPlaceOf(code: string): 'name' | 'value' | undefined {
  if (['22P02', '22007', '22008', '55P04'].includes(code)) return 'value';
  return code.startsWith('42') ? 'name' : undefined;
}

/** Another transaction was in the way: the same work may succeed in a moment, if its failure has undone it. */
export function isBusy(code: string): boolean {
  return [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, SERIALIZATION_FAILURE].includes(code);
}

/** The server cannot write any more. */
export function isOutOfRoom(code: string): boolean {
  return code === '53100';
}

/** What was asked for is not there. */
export function isMissingRelation(code: string): boolean {
  return code === UNDEFINED_TABLE || code === UNDEFINED_SCHEMA;
}

/** The server has come upon what no SQL can: an object that was dropped between two looks of its own at it. */
export function isInternal(code: string): boolean {
  return code === 'XX000';
}

/** The server has ended the session, or has said that it is about to: shutdown, crash, a timeout of sessions or transactions. */
export function isSessionEnd(code: string): boolean {
  return /^(57P0[1-5]|25P0[34]|08...)$/.test(code);
}

/** There is no function of this name, or no schema. */
export function isMissingFunction(code: string): boolean {
  return code === UNDEFINED_FUNCTION || code === UNDEFINED_SCHEMA;
}

/** There is one, and it cannot be called like this: ambiguous, of another kind, or what else can be wrong with a name. */
export function isNotCallable(code: string): boolean {
  return ['42725', '42809', '42P20', '0A000'].includes(code);
}
