import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildLambdaCode } from '../../lib/bundle/lambda-code.ts';
import { folderInMemory } from '../../lib/local/memory.ts';
import { packPackage } from './packed-package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test asks for what is built once for the whole run: built-once.ts. */
    buildUrl: string;
  }
}

/** What takes seconds to build, is the same for every test, and is only read by them. */
const builders = {
  'lambda-code': buildLambdaCode,
  package: packPackage,
};

export type Builder = keyof typeof builders;
export type Built<B extends Builder> = Awaited<ReturnType<(typeof builders)[B]>>;

/**
 * Builds for all workers, when the first of them asks: a run that needs none of it builds nothing. A server on the loopback,
 * because workers share no memory and a lock among files would outlive whoever held it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(folderInMemory() ?? tmpdir(), 'registry-jobs-built-'));
  const built = new Map<string, Promise<unknown>>();
  const server = createServer(async (request, response) => {
    const name = request.url?.slice(1) as Builder;
    try {
      if (!built.has(name)) built.set(name, builders[name](join(folder, name)));
      response.end(JSON.stringify(await built.get(name)));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('buildUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    // A build that nobody waits for any more, as after an interrupt, would write into a folder that is gone.
    await Promise.allSettled(built.values());
    rmSync(folder, { recursive: true, force: true });
  };
}
