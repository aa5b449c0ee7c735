/**
 * Names that the deploy (lib/infra) and the running code (lib/core, lambdas) must agree on.
 * Imports nothing, so that either side can read it without pulling the other in.
 */

/** This project's version, written into the journal. A test keeps it equal to package.json's. */
export const version = '0.1.0';

/** The two jobs. Each is one Lambda function with its own database user and its own parameters. */
export type JobName = 'migrate' | 'refresh-statistics';

/** The functions that prepare a database which was made by the stacks: see lib/infra/registry-database.ts. */
export type SetupName = 'store-password' | 'create-roles';

/** Every function, called as the folder of its handler. */
export type LambdaName = JobName | SetupName;

/** Environment variables that the constructs set on the functions. */
export const environmentVariables = {
  /** `staging`, `demo`, `production`: named in every report and log line. */
  environment: 'REGISTRY_JOBS_ENVIRONMENT',
  /** The Parameter Store path that holds this job's settings, without a trailing slash. */
  parameterPath: 'REGISTRY_JOBS_PARAMETER_PATH',
  /** The secret of Secrets Manager that holds what Parameter Store leaves out; set only where the stack names one. */
  secret: 'REGISTRY_JOBS_SECRET_ARN',
  /** Only for `migrate`: the parameter that says what another environment has applied. */
  evidence: 'REGISTRY_JOBS_EVIDENCE',
  /** Only for `migrate`: `required` where a plan is run only when somebody has approved it. */
  approval: 'REGISTRY_JOBS_APPROVAL',
  /** Only for `migrate`: how many seconds a deploy may take, from its first call of the function to its last. */
  deploySeconds: 'REGISTRY_JOBS_DEPLOY_SECONDS',
  /** Only for `create-roles`: the path of the statistics job, which says whom to create. */
  refresherPath: 'REGISTRY_JOBS_REFRESHER_PATH',
  /** The statistics functions, separated by commas; set only where the stack names some. */
  statisticsFunctions: 'REGISTRY_JOBS_STATISTICS_FUNCTIONS',
} as const;

/**
 * Where a job's settings live in Parameter Store. Each job has a path of its own because each connects as
 * a database user of its own: the migrator may change the schema, the refresher may only call functions.
 *
 * @example parameterPath('staging', 'migrate') // '/registry/staging/migrate'
 */
export function parameterPath(environment: string, job: JobName): string {
  return `/registry/${environment}/${job}`;
}

/** What each setting is called below a job's parameter path. All are `String`, the password `SecureString`. */
export const parameterNames = {
  host: 'db/host',
  port: 'db/port',
  database: 'db/name',
  user: 'db/user',
  password: 'db/password',
  auth: 'db/auth',
  tls: 'db/tls',
  ledger: 'ledger',
  lockTimeout: 'lock-timeout',
  maintenance: 'maintenance',
  statisticsFunctions: 'statistics/functions',
  statisticsTimeout: 'statistics/timeout',
} as const;

/** The parameter that says which plan of a job was approved: the hash that `plan` shows. */
export function approvedPlanOf(parameterPath: string): string {
  return `${parameterPath}/approved-plan`;
}

/**
 * The alias under which the migrate function answers tasks. A function that was deployed before there were any has none, and would apply its
 * migrations whatever it is asked: whoever asks through the alias cannot cause that. The number is raised with the tasks.
 */
export const taskAlias = 'tasks-1';

/** Files that lie beside `index.mjs` in a function's code asset. */
export const bundleFiles = {
  /** The migrations folder, parsed when the bundle was made: see lib/migrations/compiled.ts. */
  migrations: 'migrations.json',
  /** What these migrations make, where the stack has the database compared with it: see lib/plan/expected-catalog.ts. */
  catalog: 'expected-catalog.json',
  /** What was proved of these migrations, where the stack asks for it: see lib/plan/proof.ts. */
  proof: 'proof.json',
  /** What the statistics function compares the ledger with: see lib/jobs/pending.ts. */
  expected: 'expected-migrations.json',
  /** Reads secrets; there only where the stack names one, since it brings a client of AWS along. */
  fetchSecret: 'fetch-secret.mjs',
  /** The certificate authorities that sign RDS servers; Node does not trust them by itself. */
  certificates: 'rds-ca.pem',
} as const;

/** CloudWatch names of what the jobs measure. Dimensions: {@link metricDimensions}. */
export const metrics = {
  namespace: 'RegistryJobs',
  /** Powertools adds this to every metric and log line; the stack sets it as `POWERTOOLS_SERVICE_NAME`. */
  service: 'registry-jobs',
  migrationsApplied: 'MigrationsApplied',
  /** Of the migrate function: what a run left undone. Of the statistics function: what the ledger lacks every hour. */
  migrationsPending: 'MigrationsPending',
  migrationFailed: 'MigrationFailed',
  statisticsRefreshed: 'StatisticsRefreshed',
  statisticsSkipped: 'StatisticsSkipped',
  statisticsFailed: 'StatisticsFailed',
  /** Captured changes that were added to the state of the statistics. */
  statisticsRowsFolded: 'StatisticsRowsFolded',
  /** Seconds since the state was as new as all tables, at the end of a run. */
  statisticsLag: 'StatisticsLag',
  /** Cells of the statistics that the nightly audit found different; 0 says that it ran and all was well. */
  auditDifferences: 'AuditDifferences',
  /** Objects of the database that are not as the files make them; measured only where the stack asks for it. */
  catalogDrift: 'CatalogDrift',
  /** 1 whenever a deploy was found waiting for the approval of its plan; measured only where the stack asks for one. */
  approvalWaiting: 'ApprovalWaiting',
} as const;

/** What is measured for each statistics function by itself, with its name as a further dimension. */
export const functionMetrics = {
  refreshed: metrics.statisticsRefreshed,
  skipped: metrics.statisticsSkipped,
  failed: metrics.statisticsFailed,
  duration: 'StatisticsDuration',
} as const;

/**
 * The dimensions of every metric, all of them: an alarm that names fewer watches a metric that does not exist
 * and stays silent.
 *
 * @param statistic the function that one of {@link functionMetrics} is about; without it, the sum of all
 */
export function metricDimensions(
  environment: string,
  job: LambdaName,
  statistic?: string,
): Record<string, string> {
  return { service: metrics.service, environment, job, ...(statistic && { function: statistic }) };
}

/** The statistics functions that are called when the settings name no others, in this order. */
export const defaultStatisticsFunctions = [
  'update_counts',
  'update_current_deposit_stats',
  'populate_all_historical_deposit_stats',
] as const;

/** What may be in a list of statistics functions: `name` or `schema.name`. Quoted when called, so case counts. */
export const statisticsFunctionName = /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/;

/** What a schedule asks of the statistics function, as `task` of its event. Without one it refreshes. */
export const statisticsTasks = { audit: 'audit' } as const;
