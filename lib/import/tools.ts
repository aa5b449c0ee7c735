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
  /** To complete "known by ...". */
  readonly knownBy: string;
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
    if (tool) return { tool, knownBy: `--tool ${name}` };
    throw new UsageError('unknown-tool', `"${name}" is no tool that we know.`, {
      hint: `Name one of these with --tool: ${NAMES.join(', ')}.`,
    });
  }
  const known = tools.flatMap((tool): Chosen[] => {
    const knownBy = tool.recognise(files);
    return knownBy === undefined ? [] : [{ tool, knownBy }];
  });
  const [only, another] = known;
  if (only && !another) return only;
  if (only) {
    const signs = known.map(({ tool, knownBy }) => `${tool.name} (${knownBy})`);
    throw new UsageError('ambiguous-tool', `${from} may be a folder of ${listed(signs, 11)}.`, {
      hint: `Say which one it is: ${command} --tool ${only.tool.name}`,
    });
  }
  const paths = files.map(({ path }) => path);
  const seen = paths.length === 0 ? 'It holds no file.' : `It holds ${listed(paths)}.`;
  throw new UsageError('unknown-tool', `Nothing in ${from} tells which tool it is for. ${seen}`, {
    hint: `Say it with --tool, as one of ${NAMES.join(', ')}. If the files are named as ours there is nothing to import: registry-jobs up --migrations ${shellWord(from)}`,
  });
}
