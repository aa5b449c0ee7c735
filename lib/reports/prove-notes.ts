import { formatBytes } from '../text/bytes.ts';

/** That a statement had nothing to do: of what it does to rows nothing is shown. Pure. */
export function describeIdle(line: number | undefined): string {
  return `The statement at line ${line} had no row to work on, so nothing is shown of what it does to one.`;
}

/**
 * That rows of a large table were not compared. Pure.
 *
 * @param isKnown whether it is known that it was written to
 */
export function describeUncompared(name: string, bytes: number, isKnown: boolean): string {
  // A file that writes it anew may leave it larger.
  const [size, enough] = [formatBytes(bytes), `${Math.ceil((2 * bytes) / 2 ** 20)}MB`];
  return isKnown
    ? `It writes to ${name} (${size}), whose rows were not compared: --rows-up-to ${enough} does that.`
    : `Whether it changes rows of ${name} (${size}) was not looked at: --rows-up-to ${enough} does that.`;
}

/**
 * What to do about a file of rows that cannot be loaded. Pure.
 *
 * @param when after or before which file it was loaded
 */
export function describeRowsFailed(file: string, when: string): string {
  return `${file} was loaded ${when}. Rows that need what a later file makes go into a folder, a file for each migration after which they are loaded: registry-jobs prove --fixtures DIR`;
}
