import { quoteIdentifier } from '../identifiers.ts';

/** The table that a fixture file fills: `03_generic_files.csv` fills `generic_files`. */
export function fixtureTable(fileName: string): string {
  return fileName.replace(/^\d+_/, '').replace(/\.csv$/, '');
}

/**
 * The statement that loads a CSV file, to be sent with the file's bytes. Columns are matched by the header, so a
 * fixture may leave out columns that have a default, in any order. An empty unquoted value is NULL.
 */
export function fixtureCopySql(fileName: string, csv: string): string {
  const [header = ''] = csv.split(/\r?\n/, 1);
  const columns = header.split(',').map(quoteIdentifier).join(', ');
  return `copy ${quoteIdentifier(fixtureTable(fileName))} (${columns}) from stdin with (format csv, header true)`;
}
