import { runCli } from '../../lib/cli/program.ts';

/** What became of a command that was run by somebody who may not write everywhere. */
export interface ReaderResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As a program: runs commands, given as JSON `[[folder, [args]]]`, one after the other, and prints their results as JSON. */
async function main(): Promise<void> {
  const runs = JSON.parse(process.argv[2] ?? '[]') as [string, string[]][];
  const results: ReaderResult[] = [];
  for (const [folder, args] of runs) {
    const written = { out: '', err: '' };
    const io = {
      out: (text: string) => {
        written.out += text;
      },
      err: (text: string) => {
        written.err += text;
      },
      ...{ isTerminal: false, hasColor: false, who: 'reader@here', folder },
      env: { DATABASE_URL: 'sqlite:./index.db' },
      ask: () => Promise.reject(new Error('Nobody is there to be asked.')),
    };
    results.push({ code: await runCli(args, io, '1.2.3'), ...written });
  }
  process.stdout.write(JSON.stringify(results));
}

await main();
