import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { invoke } from '../../lib/remote/invoke.ts';
import { parseFunctionName } from '../../lib/remote/target.ts';

const servers: Server[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]()));
});

/** What answers as the service for Lambda does, and counts the connections that it is asked through. */
async function startService(answer: string) {
  const seen = { connections: 0 };
  const server = createServer((_, response) => response.end(JSON.stringify({ answer })));
  server.on('connection', () => seen.connections++);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function stubAccount(url: string) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', url);
}

test('whoever asks again asks through the connection that is there', async () => {
  const { url, seen } = await startService('one');
  stubAccount(url);
  const target = parseFunctionName('fn', '--function');
  for (let n = 0; n < 3; n++) expect(await invoke(target, 'status', {})).toEqual({ answer: 'one' });
  expect(seen.connections).toBe(1);
});

test('the settings of AWS are read for each who asks: the next one may be of another account', async () => {
  for (const name of ['one', 'two']) {
    const { url } = await startService(name);
    stubAccount(url);
    expect(await invoke(parseFunctionName('fn', '--function'), 'status', {})).toEqual({ answer: name });
  }
});
