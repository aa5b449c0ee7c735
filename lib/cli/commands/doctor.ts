import { RegistryJobsError } from '../../errors/error.ts';
import { renderDoctorReport } from '../../reports/doctor.ts';
import { knownServer, settingOrigins } from '../../settings/origins.ts';
import { parseAnySettings } from '../../settings/parse.ts';
import type { PostgresSettings, RawSettings } from '../../settings/settings.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import { type Cli, isEnvNamed, waiting, withProgress } from '../database-command.ts';
import { filesOf, type MigrationOptions, migrationCommand } from '../migration-command.ts';
import { findSettings } from '../settings.ts';

export function addDoctor(cli: Cli): void {
  const { io, run } = cli;
  migrationCommand(
    cli,
    'doctor',
    'say what this server is, whether it can be reached, and what may be done there',
  )
    .addHelpText(
      'after',
      `
Goes step by step: where each setting came from, the name of the host, the network, TLS, the
login, a pooler, the server, what this user may do, and the folder of migrations. What fails does
not end it: it says what to do, and goes on with what does not depend on it. Reads only, takes no
lock of migrations, and shows no secret. Exits with 1 when something would stop "up".

Examples:
  registry-jobs doctor
  registry-jobs doctor --env production --wait 30s
  registry-jobs doctor --database-url postgres://me@localhost/shop --json`,
    )
    .action((options: MigrationOptions) =>
      run(options.json, async () => {
        const { doctor } = await import('../../jobs/doctor.ts');
        const { settings, error, raw } = await readSettings(cli, options);
        const [path, shownAs, { initialSchema }] = filesOf(io, options);
        const report = await withProgress(cli, options.json, (progress) =>
          doctor({
            // In a log the report says it all, a moment later.
            ...(io.columns?.() !== undefined && { onStep: progress.step }),
            settings: settings && waiting(settings, options, progress),
            settingsError: error,
            server: knownServer(raw),
            origins: settingOrigins(raw, settings),
            folder: { path, shownAs, mayBeEmpty: initialSchema !== undefined },
          }),
        );
        return { report, text: renderDoctorReport(report), exitCode: report.status === 'problems' ? 1 : 0 };
      }),
    );
}

const SEE_THE_FILE = 'See what is wrong with a file: registry-jobs verify';

/** As far as they can be read; what is wrong with them is told in the report. */
async function readSettings(
  cli: Cli,
  options: MigrationOptions,
): Promise<{
  readonly settings?: PostgresSettings;
  readonly error?: unknown;
  readonly raw: RawSettings | undefined;
}> {
  const { io, secrets } = cli;
  let raw: RawSettings | undefined;
  try {
    const found = await findSettings(options, 'migrate', io, isEnvNamed(cli));
    raw = found.raw;
    if (raw.password) secrets.add({ database: { password: raw.password.value } });
    const settings = parseAnySettings(raw, found.context);
    return { settings: postgresOnly(settings, 'It is a server that is examined', SEE_THE_FILE), raw };
  } catch (error) {
    if (error instanceof RegistryJobsError && error.code === 'not-for-sqlite') throw error;
    return { error, raw };
  }
}
