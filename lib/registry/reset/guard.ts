import { UsageError } from '../../errors/error.ts';
import { isOnThisMachine } from '../../settings/near.ts';
import { placeOfSettings } from '../../settings/place.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';

const DISPOSABLE = /_(development|test|integration)$/;

/**
 * Refuses to empty any database that could matter: the settings must come from a `.env` file, the host must be
 * this machine, and the name must end like a database that exists to be thrown away. All that is wrong is said
 * at once. Whether the person means it is asked elsewhere.
 *
 * @throws UsageError `reset-refused`
 */
export function assertDisposable(
  database: DatabaseSettings,
  source: 'env-file' | 'parameter-store' | 'none',
): void {
  const reasons: string[] = [];
  if (source !== 'env-file') reasons.push('its settings do not come from a .env file');
  if (!isOnThisMachine(database)) {
    const { host, address } = database;
    reasons.push(`its host ${host}${address === undefined ? '' : ` at ${address}`} is not this machine`);
  }
  if (!DISPOSABLE.test(database.database)) {
    reasons.push(`its name does not end in _development, _test or _integration`);
  }
  if (reasons.length === 0) return;
  throw new UsageError('reset-refused', `${placeOfSettings(database)} is not reset:`, {
    detail: reasons.map((reason) => `- ${reason}`).join('\n'),
    hint: 'reset destroys all data; it works only on a local database that is there to be thrown away.',
  });
}
