import { isHasura } from './diesel.ts';
import { foundFolder, readFolders, sortOut } from './folders.ts';
import { plainNumber, splitName } from './others.ts';
import type { Standing, Tool, ToolRow } from './tool.ts';

const NAMES = { up: 'up.sql', down: 'down.sql' };

/** Hasura: a folder for each migration, named by milliseconds; its ledger is a document of its metadata. */
export const hasura: Tool = {
  name: 'hasura',
  recognise: (files) => {
    const first = readFolders(files, NAMES).find(({ name }) => isHasura(name));
    return first && `the file ${first.up.path}`;
  },
  read: (files) => {
    const all = readFolders(files, NAMES).map((folder) => {
      const name = splitName(folder.name);
      return foundFolder('Hasura', folder, name && { id: plainNumber(name.number), ...name }, true);
    });
    return { ...sortOut('Hasura', files, all), notes: [] };
  },
  ledger: {
    table: 'hdb_version',
    columns: { hasura_uuid: /^uuid$/, cli_state: /^jsonb$/ },
    read: readState,
  },
  usesTransaction: false,
};

/** `{"migrations": {"default": {"1620000000000": false}}}`: whether a version is dirty. */
function readState([row]: readonly ToolRow[]): Standing {
  const state = JSON.parse(row?.cli_state ?? '{}') as {
    readonly migrations?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  };
  const sources = Object.entries(state.migrations ?? {});
  const versions = sources.flatMap(([, applied]) => Object.entries(applied));
  const dirty = versions.find(([, isDirty]) => isDirty)?.[0];
  if (dirty !== undefined) {
    const message = `Hasura calls version ${dirty} dirty: it failed half way.`;
    const hint = `Mend the database and say so first: hasura migrate apply --version ${dirty} --skip-execution`;
    return { applied: [], refusal: { code: 'dirty', message, hint }, notes: [] };
  }
  return {
    applied: versions.map(([id]) => ({ id })),
    notes:
      sources.length > 1
        ? [
            `Hasura keeps the versions of these databases together: ${sources.map(([name]) => name).join(', ')}.`,
          ]
        : [],
  };
}
