import { existsSync } from 'node:fs';

/** A browser of this machine: nothing is downloaded. */
export const executable = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
].find((file) => file && existsSync(file));

/** Says so where there is none. */
export function tellNoChromium(page: string): void {
  if (!executable)
    process.stderr.write(
      `SKIPPED: no Chromium here, so ${page} is NOT tested in a browser. See CHROMIUM_PATH.\n`,
    );
}
