import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { installPython, NotInstallable } from './python.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

/** What a process needs in its environment to take the emulator for AWS. */
export type AwsVariables = Readonly<Record<string, string>>;

export interface Emulator {
  readonly variables: AwsVariables;
  /** Everything that it wrote, its log above all. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** The reason why there is no emulator on this machine. */
export class NoEmulator extends Error {
  override readonly name = 'NoEmulator';
}

/**
 * Installs MiniStack, once, below node_modules, and starts it on a free port of the loopback: with TLS, because the bucket
 * policy of CDK's bootstrap refuses plain HTTP, and with IAM policies enforced for every caller but our own user.
 *
 * @param folder where it may write, a new and empty one
 * @throws NoEmulator
 */
export async function startEmulator(folder: string): Promise<Emulator> {
  const python = await install();
  const { certificate, key } = await createCertificate(folder);
  const port = await findFreePort();
  const log = openSync(join(folder, 'emulator.log'), 'w');
  const bind = ['--bind', `127.0.0.1:${port}`, '--workers', '0', '--keep-alive', '75'];
  const tls = ['--certfile', certificate, '--keyfile', key];
  const child = spawn(python, ['-m', 'hypercorn', 'ministack.app:app', ...bind, ...tls], {
    cwd: folder,
    // Nothing of this machine: functions inherit these.
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: region,
      AUTH: 'true',
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate,
      MINISTACK_SSL_KEY: key,
      // The Lambda runtime has the AWS SDK, which CDK's own function requires. Ours find nothing here: ES modules do not look.
      NODE_PATH: join(root, 'node_modules'),
    },
    stdio: ['ignore', log, log],
    // A group of its own, to end it with the functions that it started.
    detached: true,
  });
  closeSync(log);
  const kill = () => killGroup(child);
  process.once('exit', kill);
  const stop = async () => {
    const ended = child.exitCode === null && new Promise((done) => child.once('exit', done));
    kill();
    process.off('exit', kill);
    await ended;
  };
  try {
    await untilItListens(child, port);
  } catch (error) {
    await stop();
    throw new NoEmulator(
      `${error instanceof Error ? error.message : error}, see its log: ${lastLine(folder)}`,
    );
  }
  return { variables: createVariables(port, certificate), folder, stop };
}

const region = 'eu-central-1';

/** The account is the access key; that user may do everything. */
function createVariables(port: number, certificate: string): AwsVariables {
  return {
    AWS_ENDPOINT_URL: `https://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
  };
}

async function install(): Promise<string> {
  try {
    return await installPython(join(root, 'test/aws/requirements-ministack.txt'));
  } catch (error) {
    throw error instanceof NotInstallable ? new NoEmulator(error.message) : error;
  }
}

async function createCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(folder, 'emulator.crt'), join(folder, 'emulator.key')];
  const names = 'subjectAltName=IP:127.0.0.1';
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=emulator'];
  const files = ['-keyout', key, '-out', certificate];
  try {
    await run('openssl', [
      'req',
      ...options,
      '-addext',
      names,
      '-addext',
      'basicConstraints=CA:FALSE',
      ...files,
    ]);
  } catch (error) {
    throw new NoEmulator(`openssl cannot make a certificate: ${(error as Error).message.split('\n')[0]}`);
  }
  return { certificate, key };
}

async function untilItListens(child: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`MiniStack ended with code ${child.exitCode}`);
    if (await accepts(port)) return;
    await sleep(100);
  }
  throw new Error('MiniStack did not listen within 30 s');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.once('connect', () => socket.destroy());
  });
}

function findFreePort(): Promise<number> {
  return new Promise((found, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });
}

function killGroup({ pid, exitCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function lastLine(folder: string): string {
  return readFileSync(join(folder, 'emulator.log'), 'utf8').trim().split('\n').at(-1) ?? '';
}
