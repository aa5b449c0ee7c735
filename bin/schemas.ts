/** Writes the JSON Schemas of what commands print with --json and --json-events, made from the types of the reports: `npm run reference`. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  EnumType,
  SchemaGenerator,
  type SubNodeParser,
} from 'ts-json-schema-generator';
import { catalogue, warningCatalogue } from '../lib/errors/catalogue.ts';

const root = path.resolve(import.meta.dirname, '..');

/** What each file describes: the type, and where it is declared. */
const schemas = {
  'migration-report': ['MigrationReport', 'lib/reports/migration.ts'],
  'plan-report': ['PlanReport', 'lib/reports/plan.ts'],
  'status-report': ['StatusReport', 'lib/reports/status.ts'],
  'doctor-report': ['DoctorReport', 'lib/reports/doctor.ts'],
  'verify-report': ['VerifyReport', 'lib/reports/verify.ts'],
  'lint-report': ['LintReport', 'lib/reports/lint.ts'],
  'statistics-report': ['StatisticsReport', 'lib/statistics/refresh-report.ts'],
  'dump-report': ['DumpReport', 'lib/reports/dump.ts'],
  'ledger-report': ['LedgerReport', 'lib/reports/ledger.ts'],
  'import-report': ['ImportReport', 'lib/reports/import.ts'],
  'audit-report': ['AuditReport', 'lib/statistics/audit-report.ts'],
  'rebuild-report': ['RebuildReport', 'lib/statistics/audit-report.ts'],
  'operators-create-report': ['OperatorsCreateReport', 'lib/reports/operators-create.ts'],
  'operators-check-report': ['OperatorsCheckReport', 'lib/reports/operators-check.ts'],
  'operators-migrate-report': ['OperatorsMigrateReport', 'lib/reports/operators-migrate.ts'],
  'operators-repair-report': ['OperatorsRepairReport', 'lib/reports/operators-repair.ts'],
  'operators-add-report': ['OperatorsAddReport', 'lib/reports/operators-change.ts'],
  'operators-rm-report': ['OperatorsRmReport', 'lib/reports/operators-change.ts'],
  'operators-deprecate-report': ['OperatorsDeprecateReport', 'lib/reports/operators-change.ts'],
  'operators-export-report': ['OperatorsExportReport', 'lib/reports/operators-export.ts'],
  'operators-inspect-report': ['OperatorsInspectReport', 'lib/reports/operators-inspect.ts'],
  'operators-diff-report': ['OperatorsDiffReport', 'lib/reports/operators-diff.ts'],
  'history-report': ['HistoryReport', 'lib/reports/history.ts'],
  'approve-report': ['ApproveReport', 'lib/reports/approve.ts'],
  'cancel-report': ['CancelReport', 'lib/reports/cancel.ts'],
  'watch-lines': ['WatchLine', 'lib/cli/json-lines.ts'],
  error: ['ErrorDocument', 'lib/cli/json-lines.ts'],
  'prove-report': ['ProveReport', 'lib/reports/prove.ts'],
  'json-events': ['JsonLine', 'lib/cli/json-lines.ts'],
} as const;

/** The codes are the keys of the catalogues, which the generator does not follow. */
const codes = { ErrorCode: Object.keys(catalogue), WarningCode: Object.keys(warningCatalogue) };

function codesParser(): SubNodeParser {
  const nameOf = (node: unknown) => (node as { name?: { text?: string } }).name?.text as keyof typeof codes;
  return {
    supportsNode: (node) => nameOf(node) in codes && 'type' in node,
    createType: (node) => new EnumType(nameOf(node), codes[nameOf(node)]),
  };
}

const folder = path.join(root, 'docs/reference/schemas');
await mkdir(folder, { recursive: true });
for (const [name, [type, file]] of Object.entries(schemas)) {
  const config = {
    ...DEFAULT_CONFIG,
    path: path.join(root, file),
    tsconfig: path.join(root, 'tsconfig.json'),
    type,
    skipTypeCheck: true,
    // New fields may come; what is there keeps its meaning.
    additionalProperties: true,
    schemaId: `urn:registry-jobs:schema:${name}`,
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => chain.addNodeParser(codesParser()));
  const generator = new SchemaGenerator(program, parser, createFormatter(config), config);
  await writeFile(
    path.join(folder, `${name}.json`),
    `${JSON.stringify(generator.createSchema(type), null, 2)}\n`,
  );
}
