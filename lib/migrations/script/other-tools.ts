import { shellWord } from '../../text/format.ts';

/**
 * Comments by which other tools tell how a file runs. They differ in signs (`-- +goose Down`, `-- //@UNDO`, `-- !Downs`, `-- ==== DOWN ====`),
 * hardly in words: so the words are read, and only where they are all that the comment says.
 */
const SIGNS = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const TOOL =
  '(?:(?:goose|migrate|micrate|rambler|dbmate|tern|sqlx|migrations?|schema|sql|evolutions?|database|db|begin|start|for|to|how to|the)[^a-z0-9]+)*';
const BACK = '(?:downs?|downgrade|undo|un ?apply|roll ?back|revert|reverse|backwards?|way back|tear ?down)';
const PART =
  '(?:[^a-z0-9]+(?:migrations?|scripts?|sql|section|part|starts?|begins?|ends?|here|below|changes?|statements?|commands?|quer(?:y|ies)|code|block|no ?transaction|transaction[^a-z0-9]+\\w+))*';
const WAY_BACK = new RegExp(`^(?:${TOOL}${BACK}${PART}|create above / drop below)$`);
const NO_TRANSACTION = new RegExp(
  `^${TOOL}(?:up[^a-z0-9]+)?(?:(?:no|non|without|disable|disable[^a-z0-9]+ddl)[^a-z0-9]*(?:tx|txn|transactions?|transactional)|(?:(?:run|execute)[^a-z0-9]*)?(?:in[^a-z0-9]*)?(?:transaction|transactional|txmode|atlas:txmode)[^a-z0-9]+(?:false|off|no|none))$`,
);

/** No marker is longer. */
const LONGEST = 120;

function wordsOf(comment: string): string | undefined {
  if (comment.length > LONGEST || comment.includes('\n')) return undefined;
  return comment
    .replace(SIGNS, '')
    .replace(/[\s_-]+/g, ' ')
    .toLowerCase();
}

/** Whether a comment is a line by which another tool parts the way back from the way forward. */
export function isWayBack(comment: string): boolean {
  const words = wordsOf(comment);
  return words !== undefined && WAY_BACK.test(words);
}

/** Whether a comment is how another tool says that a file runs without a transaction: `-- no-transaction`, `-- +goose NO TRANSACTION`. */
export function isWithoutTransaction(comment: string): boolean {
  const words = wordsOf(comment);
  return words !== undefined && NO_TRANSACTION.test(words);
}

/** Whether a text may hold any of these comments at all: most do not, and need not be taken apart. */
export function mayHoldMarkers(sql: string): boolean {
  return /^[ \t]*(?:--|\/\*).*(?:down|undo|apply|back|revert|reverse|transaction|tx|drop below)/im.test(sql);
}

/** The folder of a file, as it is shown. */
export function folderOf(file: string): string {
  return file.replaceAll('\\', '/').replace(/\/?[^/]*$/, '') || '.';
}

/** The command that gives a file of a folder another name. */
export function renameCommand(folder: string, from: string, to: string): string {
  const placed = (name: string) => shellWord(folder === '' || folder === '.' ? name : `${folder}/${name}`);
  return `mv ${placed(from)} ${placed(to)}`;
}

/** The command that writes the files of a folder anew, as ours. */
export function importCommand(folder: string): string {
  return `registry-jobs import ${shellWord(folder)} ${shellWord(folder === '.' ? 'new' : `${folder}-new`)}`;
}
