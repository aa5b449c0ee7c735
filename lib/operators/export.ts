import type { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../errors/error.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import type { OperatorsExportReport } from '../reports/operators-export.ts';
import { shellWord } from '../text/format.ts';
import { nearest } from '../text/nearest.ts';
import { byBytes } from './manifests/go-json.ts';
import { BundleReader } from './read/bundle.ts';
import { bundleNames, type CatalogFormat, type CatalogPackage, documentsOf, layOut } from './read/catalog.ts';
import { type CatalogOutput, openCatalog } from './read/catalog-output.ts';
import { checkPackage, type GraphFault } from './read/check-graph.ts';
import { type PackageRow, readChannels, readDeprecated, readPackages } from './read/graph.ts';
import { withRegistry } from './read/open.ts';

export interface OperatorsExportOptions {
  /** Only these packages. @default all */
  readonly packages?: readonly string[];
  /** @default by the name of the output; `json` */
  readonly format?: CatalogFormat;
  /** Whether deprecated bundles come along, named in a document `olm.deprecations`. @default they are left out, and reported */
  readonly keepDeprecated?: boolean;
  /** Takes the place of a file that is there. @default that is refused */
  readonly replace?: boolean;
  /** The file in the words of whoever named it. @default its path */
  readonly shownAs?: string;
  /** The output in the words of whoever named it. @default its path */
  readonly outputShownAs?: string;
  /** Ends it between two documents. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a registry as a file-based catalog: all that is checked first, then a document at a time. A file, or a folder with one for each
 * package, is built beside its place and takes it as a whole.
 *
 * @param file the path of the database, of any version: an older one is read in a copy in memory
 * @param output the path of a file (`.json`, `.yaml`, `.yml`) or of a folder; or what takes each text
 * @returns what was written; with the status `failed` why a cluster would refuse it, and nothing was written
 * @throws UsageError `unknown-package`; RegistryJobsError `catalog-exists`, `not-written`, `stopped`, `bundle-unreadable`, and what reading the file may come to: `sqlite-open`,
 *   `not-an-operator-registry`, `dirty` and others
 */
export async function exportOperators(
  file: string,
  output: string | ((text: string) => void),
  options: OperatorsExportOptions = {},
): Promise<OperatorsExportReport> {
  const { shownAs = file, keepDeprecated = false, replace = false, signal } = options;
  const outputShownAs = typeof output === 'string' ? (options.outputShownAs ?? output) : '-';
  const format = options.format ?? (/\.ya?ml$/.test(outputShownAs) ? 'yaml' : 'json');
  return withRegistry(file, shownAs, async ({ database, copy }) => {
    const rows = choose(readPackages(database), options.packages, shownAs);
    const deprecated = readDeprecated(database);
    const left = new Set<string>();
    const faults: GraphFault[] = [];
    const catalog = rows.map((row): CatalogPackage => {
      const channels = readChannels(database, row, deprecated).map((channel) => ({
        ...channel,
        entries: channel.entries.filter(({ name, isBundle, isDeprecated }) => {
          if (isBundle && isDeprecated) left.add(name);
          return isBundle && (keepDeprecated || !isDeprecated);
        }),
      }));
      faults.push(...checkPackage(row, channels));
      return { row, channels };
    });
    if (faults.length === 0)
      await write(
        catalog,
        database,
        await openCatalog(output, outputShownAs, format, replace),
        format,
        signal,
      );
    const done = faults.length === 0 ? catalog : [];
    return {
      command: 'operators export',
      status: faults.length === 0 ? 'exported' : 'failed',
      database: shownAs,
      output: outputShownAs,
      format,
      packages: done.length,
      channels: done.reduce((sum, { channels }) => sum + channels.length, 0),
      bundles: done.reduce((sum, { channels }) => sum + bundleNames(channels).length, 0),
      deprecated: [...left].sort(byBytes),
      keepsDeprecated: keepDeprecated,
      outside: options.packages ? [] : readOutside(database),
      ...(copy && { copy }),
      faults: faults.map(({ packageName, ...rest }) => ({ ...rest, package: packageName })),
    };
  });
}

async function write(
  catalog: readonly CatalogPackage[],
  database: DatabaseSync,
  output: CatalogOutput,
  format: CatalogFormat,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bundles = new BundleReader(database);
  try {
    for (const one of catalog) {
      output.begin(one.row.name);
      for (const document of documentsOf(one, bundles)) {
        output.write(layOut(document, format));
        // Signals have their turn.
        await new Promise((resolve) => setImmediate(resolve));
        throwIfStopped(signal, '. Nothing was written');
      }
    }
    output.finish();
  } finally {
    output.discard();
  }
}

/** @throws UsageError `unknown-package` */
export function choose(
  all: readonly PackageRow[],
  wanted: readonly string[] | undefined,
  shownAs: string,
): readonly PackageRow[] {
  if (wanted === undefined || wanted.length === 0) return all;
  for (const name of wanted) {
    if (all.some((row) => row.name === name)) continue;
    const close = nearest(
      name,
      all.map((row) => row.name),
    );
    throw new UsageError('unknown-package', `${shownAs} has no package "${name}".`, {
      hint: close
        ? `It has one of nearly that name: ${close}`
        : `See which there are: registry-jobs operators inspect ${shellWord(shownAs)}`,
    });
  }
  return all.filter(({ name }) => wanted.includes(name));
}

function readOutside(database: DatabaseSync): readonly string[] {
  return database
    .prepare(
      `SELECT name FROM operatorbundle WHERE name IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM channel_entry e JOIN channel c ON c.name = e.channel_name AND c.package_name = e.package_name
        WHERE e.operatorbundle_name = operatorbundle.name)`,
    )
    .all()
    .map(({ name }) => String(name))
    .sort(byBytes);
}
