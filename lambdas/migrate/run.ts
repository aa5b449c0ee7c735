import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { bundleFiles, metrics as names, version } from '../../lib/contract.ts';
import { type UpOptions, up } from '../../lib/jobs/up.ts';
import { type CompiledMigrations, readCompiled } from '../../lib/migrations/compiled.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobTools } from '../shared/handler.ts';
import { createNews } from '../shared/news.ts';
import { readGates } from './gates.ts';

/** The migrations that this function was deployed with. */
export function readBundle(): Promise<CompiledMigrations> {
  return readCompiled(new URL(bundleFiles.migrations, import.meta.url));
}

/** Applies the migrations of this bundle, with what the stack asks for before anything is run; logs, and measures. */
export async function runUp(
  settings: PostgresSettings,
  { logger, metrics, deadline, who }: JobTools,
  options: UpOptions = {},
): Promise<MigrationReport> {
  const isNews = createNews();
  const compiled = await readBundle();
  const gates = await readGates();
  const report = await up(compiled, settings, {
    deadline,
    who,
    toolVersion: version,
    ...gates,
    onEvent: (event) => {
      // The report has the warnings.
      const isDetail = event.type === 'statement-started' || event.type === 'warned';
      if (!isDetail && isNews(event)) logger.info(event.type, { event });
    },
    ...options,
  });
  measure(metrics, report);
  return report;
}

function measure(metrics: Metrics, report: MigrationReport): void {
  // What is pending is known when it is over; until then nobody needs to be alarmed.
  if (report.status === 'running') {
    metrics.addMetric(names.migrationsApplied, MetricUnit.Count, report.applied.length);
    return;
  }
  const failed = report.status === 'failed';
  const pending = report.notRun.length + (failed ? 1 : 0) + (report.older?.pending.length ?? 0);
  metrics.addMetric(names.migrationsApplied, MetricUnit.Count, report.applied.length);
  metrics.addMetric(names.migrationsPending, MetricUnit.Count, pending);
  metrics.addMetric(names.migrationFailed, MetricUnit.Count, failed ? 1 : 0);
}
