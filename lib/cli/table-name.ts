import { UsageError } from '../errors/error.ts';
import { type LedgerName, parseLedgerName } from '../settings/ledger-name.ts';

/**
 * Reads the name of a ledger that an option gives, for a command without settings, which would say it otherwise.
 *
 * @throws UsageError `invalid-settings`
 */
export function readTableName(option: string, text: string): LedgerName {
  try {
    return parseLedgerName(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError('invalid-settings', `${option}: ${reason}.`, { hint: 'Write schema.table.', cause });
  }
}
