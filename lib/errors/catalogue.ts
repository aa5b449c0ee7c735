import { connectErrors } from './catalogue/connect.ts';
import { deployErrors } from './catalogue/deploy.ts';
import { fileErrors } from './catalogue/files.ts';
import { importErrors } from './catalogue/import.ts';
import { ledgerErrors } from './catalogue/ledger.ts';
import { localErrors } from './catalogue/local.ts';
import { operatorCatalogErrors } from './catalogue/operator-catalogs.ts';
import { operatorChangeErrors } from './catalogue/operator-change.ts';
import { operatorFileErrors } from './catalogue/operator-files.ts';
import { operatorErrors } from './catalogue/operators.ts';
import { planErrors } from './catalogue/plan.ts';
import { remoteErrors } from './catalogue/remote.ts';
import { runErrors } from './catalogue/run.ts';
import { settingsErrors } from './catalogue/settings.ts';
import { sqlErrors } from './catalogue/sql.ts';
import { sqliteErrors } from './catalogue/sqlite.ts';
import { statisticsErrors } from './catalogue/statistics.ts';
import { warnings } from './catalogue/warnings.ts';

/**
 * Every error code of the product, and what it stands for. docs/reference/errors.md is made of it. What runs imports only its types, so
 * that no function carries the texts.
 */
export const catalogue = {
  ...fileErrors,
  ...sqlErrors,
  ...sqliteErrors,
  ...operatorCatalogErrors,
  ...operatorChangeErrors,
  ...operatorFileErrors,
  ...operatorErrors,
  ...planErrors,
  ...ledgerErrors,
  ...importErrors,
  ...runErrors,
  ...connectErrors,
  ...settingsErrors,
  ...statisticsErrors,
  ...localErrors,
  ...deployErrors,
  ...remoteErrors,
};

/** Every warning code, likewise. Some are errors as well, where the same thing keeps a run from doing anything. */
export const warningCatalogue = warnings;

/** Of an error. Stable: scripts may depend on it. */
export type ErrorCode = keyof typeof catalogue;

/** Of a warning. Stable as well. */
export type WarningCode = keyof typeof warningCatalogue;
