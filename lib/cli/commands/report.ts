import path from 'node:path';
import { UsageError } from '../../errors/error.ts';
import type { Report } from '../../registry/page/report.ts';
import type { PostgresSettings } from '../../settings/settings.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import { type Secrets, withDatabaseOptions } from '../command.ts';
import { type Cli, withDatabase } from '../database-command.ts';
import type { DatabaseOptions } from '../settings.ts';
import { assertWritable, STANDARD_OUTPUT, writeWhole } from '../write-file.ts';

interface ReportOptions extends DatabaseOptions {
  readonly html?: string;
  readonly json: boolean;
}

export function addReport(cli: Cli): void {
  const { program, io, secrets, run } = cli;
  const command = program
    .command('report')
    .description('write a page with deposits over time, the current statistics and the last runs');
  withDatabaseOptions(command, io)
    .option('--html <file>', 'where to write the page; - for standard output')
    .addHelpText(
      'after',
      `
The page is one HTML file that loads nothing from anywhere. With --json the data behind it is
printed. Reads the statistics as they are: registry-jobs refresh brings them up to date.

Examples:
  registry-jobs report --html deposits.html
  registry-jobs report --env production --json`,
    )
    .action((options: ReportOptions) =>
      run(options.json, async () => {
        assertOneOutput(options);
        if (options.html !== undefined && options.html !== STANDARD_OUTPUT)
          await assertWritable(io, options.html, 'page');
        const { readReport } = await import('../../registry/page/read.ts');
        const report = await withDatabase(cli, options, 'refresh-statistics', ({ settings }) =>
          readReport(postgresOnly(settings, 'The statistics are tables of Postgres')),
        );
        if (options.html === undefined) return { report, text: '', exitCode: 0 };
        const page = await createPage(report, secrets);
        if (options.html === STANDARD_OUTPUT) {
          io.out(page);
          return { report, text: '', exitCode: 0 };
        }
        const file = path.resolve(io.folder, options.html);
        await writeWhole(io, options.html, page);
        return { report, text: file, exitCode: 0 };
      }),
    );
}

/** Reads the report and writes the page. Returns its path. */
export async function writeReport(settings: PostgresSettings, file: string): Promise<string> {
  const { readReport } = await import('../../registry/page/read.ts');
  const page = await renderReport(await readReport(settings));
  await writeWhole({ folder: path.dirname(file) }, file, page);
  return file;
}

function assertOneOutput({ html, json }: ReportOptions): void {
  const isNone = html === undefined && !json;
  if (!isNone && !(html === STANDARD_OUTPUT && json)) return;
  throw new UsageError(
    'no-output',
    isNone ? 'Where should the page go?' : 'Standard output takes the page or the JSON, not both.',
    { hint: 'registry-jobs report --html deposits.html, or --json for the data alone.' },
  );
}

/** The errors of past migrations are in the page, and might quote a password. */
async function createPage(report: Report, secrets: Secrets): Promise<string> {
  const mask = (_key: string, value: unknown) => (typeof value === 'string' ? secrets.mask(value) : value);
  return renderReport(JSON.parse(JSON.stringify(report, mask)));
}

/** What makes the page is loaded for it alone. */
async function renderReport(report: Report): Promise<string> {
  const [{ renderPage }, { readChartLibrary }] = await Promise.all([
    import('../../registry/page/render.ts'),
    import('../../registry/page/chart-library.ts'),
  ]);
  return renderPage(report, await readChartLibrary());
}
