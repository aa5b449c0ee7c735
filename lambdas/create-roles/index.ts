import { environmentVariables } from '../../lib/contract.ts';
import { UsageError } from '../../lib/errors/error.ts';
import { ensureLoginRole, type LoginRoleReport } from '../../lib/registry/roles/login-role.ts';
import { createHandler } from '../shared/handler.ts';
import { readSettings, requireVariable } from '../shared/settings.ts';

/** The group that the migrations grant what the statistics need: migrations/026_statistics_grants.sql. */
const REFRESHERS = 'registry_refresher';

/**
 * Makes the database user of the statistics job, with the password in its parameters, as the user of the migrate job. Invoked by a
 * deploy that made the database, before the migrations; running it again does no harm.
 */
export const handler = createHandler<LoginRoleReport>('create-roles', async (settings) => {
  const path = requireVariable(environmentVariables.refresherPath);
  const { user: name, password } = (await readSettings(path)).database;
  if (!password) {
    throw new UsageError('no-password', `There is no password for ${name} below ${path}.`, {
      hint: 'The stack of the database writes it; deploy that first.',
    });
  }
  const report = await ensureLoginRole(settings.database, { name, password, group: REFRESHERS });
  const text = `The user ${name} can log in, and is in ${REFRESHERS}.`;
  return { report, text, failed: false };
});
