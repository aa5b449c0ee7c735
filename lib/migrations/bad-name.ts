import { RegistryJobsError } from '../errors/error.ts';
import { importCommand, renameCommand } from './script/other-tools.ts';

/** The first character that no name has, in one that is right besides. */
const ODD_CHARACTER = /^(?:\d+|R)_[\w.-]*?([^\w.-]).*\.sql$/su;

const FORMS =
  'Name it NNN_title.sql, R_title.sql, or {version}_{title}.up.sql with {version}_{title}.down.sql.';
const IMPORT = (folder: string) => `Have the folder written anew: ${importCommand(folder || '.')}`;

/** Names of other tools, and what to do about each: the first that fits. */
const OTHER_TOOLS: readonly {
  readonly name: RegExp;
  readonly says: string;
  readonly hint: (folder: string) => string;
}[] = [
  { name: /^[VRU]\d*[\d._]*__.+\.sql$/, says: 'it is named as Flyway names its files', hint: IMPORT },
  { name: /^[VRUB]\d*[\d._]*__.+\.sql\.conf$/, says: 'it is a setting of Flyway for one file', hint: IMPORT },
  {
    name: /^\d+(?:\.|_[^.]*\.)(?:do|undo)\.(?:.*\.)?sql$/,
    says: 'it is named as Postgrator names its files',
    hint: () => FORMS,
  },
  {
    name: /\.sql\.(?:bak|orig|rej|old|disabled|off|txt|swp|tmp|~)$|\.sql~$/i,
    says: 'it looks like a copy that an editor left, or a file put aside',
    hint: () => 'Move it out of the folder, or delete it.',
  },
];

/** The error for a name that is none, with what would make it one, where that can be told; `folder` is where it stands, as it is shown. Pure. */
export function badName(name: string, folder: string): RegistryJobsError {
  const refuse = (why: string, hint: string) =>
    new RegistryJobsError('bad-file-name', `${name} is not a migration's name${why}.`, { hint });
  const tool = OTHER_TOOLS.find((other) => other.name.test(name));
  if (tool) return refuse(`: ${tool.says}`, tool.hint(folder));
  const odd = ODD_CHARACTER.exec(name)?.[1];
  if (odd !== undefined) {
    const better = name.replace(/[^A-Za-z0-9_.-]+/g, '_');
    return refuse(
      `: "${odd}" is not a letter from A to Z, a digit, "_", "." or "-"`,
      `Name it otherwise: ${renameCommand(folder, name, better)}`,
    );
  }
  const better = nearest(name);
  return refuse('', better ? `Name it otherwise: ${renameCommand(folder, name, better)}` : FORMS);
}

/** A name that is right, where only the separator, the case of the ending or the title is wrong. */
function nearest(name: string): string | undefined {
  const [, digits, rest] = /^(\d+)(.*)\.sql$/i.exec(name) ?? [];
  if (digits === undefined || rest === undefined) return undefined;
  const title = rest.replace(/^[-_. ]+/, '').replace(/[^A-Za-z0-9_.-]+/g, '_');
  return `${digits}_${/^[A-Za-z0-9]/.test(title) ? title : 'title'}.sql`;
}
