import { UsageError } from '../errors/error.ts';
import { listed, shellWord } from '../text/format.ts';
import { dbmate } from './dbmate.ts';
import { diesel } from './diesel.ts';
import { flyway } from './flyway.ts';
import { golangMigrate } from './golang-migrate.ts';
import { goose } from './goose.ts';
import { hasura } from './hasura.ts';
import { nodePgMigrate } from './node-pg-migrate.ts';
import { prisma } from './prisma.ts';
import { rails } from './rails.ts';
import { sqlMigrate } from './sql-migrate.ts';
import { tern } from './tern.ts';
import type { SourceFile, Tool } from './tool.ts';

/** Every tool whose folders can be imported. */
export const tools: readonly Tool[] = [
  dbmate,
  goose,
  tern,
  sqlMigrate,
  flyway,
  prisma,
  diesel,
  rails,
  golangMigrate,
  nodePgMigrate,
  hasura,
];

const NAMES = tools.map(({ name }) => name);

/** The folder, and the tool that it is for. */
export interface Chosen {
  readonly tool: Tool;
  /** To complete "known by ..."; nothing where a person said it. */
  readonly knownBy?: string;
}

/**
 * Finds the tool that a folder is for.
 *
 * @param name what a person says that it is
 * @param command the call without `--tool`, for a hint that can be pasted
 * @throws UsageError `unknown-tool`, `ambiguous-tool`
 */
export function chooseTool(
  files: readonly SourceFile[],
  from: string,
  name: string | undefined,
  command: string,
): Chosen {
  if (name !== undefined) {
    const tool = tools.find((one) => one.name === name);
    if (tool) return { tool };
    throw new UsageError('unknown-tool', `"${name}" is no tool that we know.`, {
      hint: `Name one of these with --tool: ${NAMES.join(', ')}.`,
    });
  }
  const known = recognise(files);
  const [only, another] = known;
  if (only && !another) return only;
  if (only) {
    const signs = known.map(({ tool, knownBy = '' }) => `${tool.name} (${knownBy})`);
    throw new UsageError('ambiguous-tool', `${from} may be a folder of ${listed(signs, 11)}.`, {
      hint: `Say which one it is: ${command} --tool ${only.tool.name}`,
    });
  }
  const below = recogniseBelow(files);
  if (below) {
    const { folder, chosen } = below;
    const whole = `${from}/${folder}`;
    throw new UsageError('unknown-tool', `Nothing in ${from} itself tells which tool it is for.`, {
      hint: `${whole} is a folder of ${chosen.tool.name}: ${command.replace(shellWord(from), shellWord(whole))}`,
    });
  }
  const paths = files.map(({ path }) => path);
  const seen = paths.length === 0 ? 'It holds no file.' : `It holds ${listed(paths)}.`;
  throw new UsageError('unknown-tool', `Nothing in ${from} tells which tool it is for. ${seen}`, {
    hint: `Say it with --tool, as one of ${NAMES.join(', ')}. If the files are named as ours there is nothing to import: registry-jobs up --migrations ${shellWord(from)}`,
  });
}

function recognise(files: readonly SourceFile[]): Chosen[] {
  return tools.flatMap((tool): Chosen[] => {
    const knownBy = tool.recognise(files);
    return knownBy === undefined ? [] : [{ tool, knownBy }];
  });
}

/** The folder above the right one is easily named: `prisma`, or Hasura's `migrations` with one folder for each database. */
function recogniseBelow(
  files: readonly SourceFile[],
): { readonly folder: string; readonly chosen: Chosen } | undefined {
  const folders = new Set(
    files.flatMap(({ path }) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  const depth = (folder: string) => folder.split('/').length;
  for (const folder of [...folders].sort((a, b) => depth(a) - depth(b)).slice(0, 100)) {
    const inside = files.filter(({ path }) => path.startsWith(`${folder}/`));
    const [chosen] = recognise(
      inside.map(({ path, text }) => ({ path: path.slice(folder.length + 1), text })),
    );
    if (chosen) return { folder, chosen };
  }
  return undefined;
}
